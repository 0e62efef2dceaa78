using Local.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Processes;
using Serverless.Local.Stack;

namespace Local.Tests.Storage;

/// <summary>The process that a test kills: it runs an Azurite and writes Azurite's process id and connection string to standard output.</summary>
internal static class AzuriteCommand
{
    public static async Task RunAsync(string folder)
    {
        var azurite = AzuriteChild.OnFreePorts();
        var spec = azurite.Spec(RepositoryRoot.Path, folder, TimeProvider.System);
        await using var process = await SupervisedProcess.StartAsync(spec, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        Console.WriteLine(process.ProcessId);
        Console.WriteLine(azurite.ConnectionString);
        await Task.Delay(Timeout.Infinite);
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Processes;

namespace Local.Tests.Processes;

/// <summary>The process that a test kills: it supervises one child and writes the child's process id to standard output.</summary>
internal static class SuperviseCommand
{
    public static async Task RunAsync(string command, IReadOnlyList<string> arguments)
    {
        var spec = new ProcessSpec { Name = "child", FileName = command, Arguments = arguments };
        await using var child = await SupervisedProcess.StartAsync(spec, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        Console.WriteLine(child.ProcessId);
        await Task.Delay(Timeout.Infinite);
    }
}

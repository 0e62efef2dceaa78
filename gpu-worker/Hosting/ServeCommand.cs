using System.Net.Sockets;
using Serverless.GpuWorker.Telemetry;

namespace Serverless.GpuWorker.Hosting;

/// <summary><c>gpu-worker serve</c>.</summary>
internal static class ServeCommand
{
    /// <returns>The process's exit code: 0 after an orderly end, 1 when something failed, 2 when a setting is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(Environment.CurrentDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(settings)
            .Build();
        var (options, errors) = ConfiguredOptions.Read(configuration);
        var (telemetry, telemetryErrors) = TelemetryOptions.Read(configuration);
        if (errors.Count + telemetryErrors.Count > 0)
        {
            foreach (var error in errors.Concat(telemetryErrors)) await Console.Error.WriteLineAsync(error);
            return 2;
        }

        try
        {
            return await WorkerHost.RunAsync(WorkerHost.Build(options, telemetry: telemetry));
        }
        catch (Exception e) when (e is SocketException or IOException { InnerException: SocketException or Microsoft.AspNetCore.Connections.AddressInUseException })
        {
            await Console.Error.WriteLineAsync($"Worker:Urls cannot be listened on: {e.Message}");
            return 1;
        }
    }
}

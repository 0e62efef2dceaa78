using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Serverless.GpuWorker.Telemetry;

/// <summary>Registers the exporters of spans and of the worker's own log lines. With none set nothing is registered. Metrics are scraped (<c>/metrics</c>, vLLM's names).</summary>
internal static class TelemetryServices
{
    private static readonly TimeSpan LongestExport = TimeSpan.FromSeconds(5);

    public static void AddTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        if (!options.Exports) return;
        var telemetry = services.AddOpenTelemetry();
        if (options.ServiceName is null) telemetry.ConfigureResource(resource => resource.AddService("serverless-worker"));
        telemetry.WithTracing(traces => traces.AddSource(WorkerTraces.SourceName));
        telemetry.WithLogging(null, logs => logs.IncludeScopes = false);

        // Others' log lines may quote what they choked on; ours hold reasons, sizes and places.
        services.AddLogging(logging => logging
            .AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.None)
            .AddFilter<OpenTelemetryLoggerProvider>("Serverless", LogLevel.Information));
        if (options.Otlp) telemetry.UseOtlpExporter();
        if (options.AzureMonitor is not { } connection) return;
        telemetry.UseAzureMonitorExporter(monitor =>
        {
            monitor.ConnectionString = connection;
            // Traces are sampled there; a line about a failure must not go with the trace that it is of.
            monitor.EnableTraceBasedLogsSampler = false;
            // A process that ends waits for what it is sending: by the client's own 100 seconds it would be killed first.
            monitor.Retry.NetworkTimeout = LongestExport;
            // Live metrics have a client of their own, whose 100 seconds nothing shortens: where its address takes no connections a stop would last as long.
            monitor.EnableLiveMetrics = false;
        });
        if (!options.ByIdentity) return;
        services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential());
        services.AddOptions<AzureMonitorExporterOptions>().Configure<TokenCredential>((monitor, credential) => monitor.Credential = credential);
    }
}

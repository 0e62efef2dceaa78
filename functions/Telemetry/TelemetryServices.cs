using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Telemetry;

/// <summary>Registers OpenTelemetry: what is measured, and to whom it is told. With no exporter and no /metrics nothing is registered, and instruments without a listener cost next to nothing.</summary>
public static class TelemetryServices
{
    private const string FunctionsSource = "Microsoft.Azure.Functions.Worker";

    private static readonly TimeSpan LongestExport = TimeSpan.FromSeconds(5);

    /// <exception cref="InvalidOperationException">A setting is wrong; the message names it.</exception>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = TelemetryOptions.From(configuration);
        services.AddMetrics().TryAddSingleton<GatewayMetrics>();
        services.AddReadiness().AddSingleton(options).AddSingleton<ModelCalls>().AddSingleton<PrometheusScrape>();
        if (!options.Exports && !options.Prometheus) return services;

        // Baggage is a caller's text: it is neither taken nor passed on.
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        var telemetry = services.AddOpenTelemetry();
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter("Serverless.*");
            if (options.Exports) metrics.AddMeter("System.Runtime");
            if (options.Prometheus) metrics.AddPrometheusExporter();
        });
        if (!options.Exports) return services;

        // The worker's own detector takes the process's or the site's name, and the last one that says wins.
        telemetry.UseFunctionsWorkerDefaults();
        telemetry.ConfigureResource(resource => resource.AddService(configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name ? name : "serverless-gateway"));
        telemetry.WithTracing(traces => traces.AddSource(GatewayTraces.SourceName, FunctionsSource).AddProcessor<TraceStateEraser>());
        telemetry.WithLogging(null, logs => logs.IncludeScopes = false);
        // Others' log lines may quote what they choked on; ours hold reasons, sizes and places.
        services.AddLogging(logging => logging
            .AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.None)
            .AddFilter<OpenTelemetryLoggerProvider>("Serverless", LogLevel.Information));
        if (options.Otlp) telemetry.UseOtlpExporter();
        if (options.AzureMonitor is { } connection)
        {
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
            services.AddOptions<AzureMonitorExporterOptions>().Configure<IServiceProvider>((monitor, provider) =>
            {
                // By identity where the settings say so, as they do in Azure: the resource takes no keys there.
                if (configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]?.Contains("Authorization=AAD", StringComparison.OrdinalIgnoreCase) == true)
                    monitor.Credential = provider.GetRequiredService<TokenCredential>();
            });
        }

        return services;
    }
}

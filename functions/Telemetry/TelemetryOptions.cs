using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Telemetry;

/// <summary>Where telemetry goes. Exporters are chosen by the settings that OpenTelemetry and Azure Monitor have for them.</summary>
/// <param name="Otlp"><c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</param>
/// <param name="AzureMonitor"><c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>; null when it is not set.</param>
/// <param name="Prometheus"><c>Telemetry:Prometheus</c>, <c>true</c> or <c>false</c>: whether <c>GET /metrics</c> answers. Default true.</param>
public sealed record TelemetryOptions(bool Otlp, string? AzureMonitor, bool Prometheus)
{
    /// <summary>Whether anything is sent to anybody.</summary>
    public bool Exports => Otlp || AzureMonitor is not null;

    /// <exception cref="InvalidOperationException">A setting is wrong; the message names it and what is permitted.</exception>
    public static TelemetryOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var endpoint = configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        if (!string.IsNullOrEmpty(endpoint) && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            throw new InvalidOperationException("Setting 'OTEL_EXPORTER_OTLP_ENDPOINT' must be an absolute http or https URL.");
        var insights = configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"];
        if (!string.IsNullOrEmpty(insights) && !insights.Contains("InstrumentationKey=", StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException("Setting 'APPLICATIONINSIGHTS_CONNECTION_STRING' must be the connection string of an Application Insights resource: it holds 'InstrumentationKey='.");
        var prometheus = configuration["Telemetry:Prometheus"] switch
        {
            null or "" or "true" or "True" => true,
            "false" or "False" => false,
            _ => throw new InvalidOperationException("Setting 'Telemetry:Prometheus' must be 'true' or 'false'."),
        };
        return new TelemetryOptions(!string.IsNullOrEmpty(endpoint), string.IsNullOrEmpty(insights) ? null : insights, prometheus);
    }
}

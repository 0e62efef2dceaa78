namespace Serverless.GpuWorker.Telemetry;

/// <summary>Where telemetry goes. Exporters are chosen by the settings that OpenTelemetry and Azure Monitor have for them.</summary>
/// <param name="Otlp"><c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</param>
/// <param name="AzureMonitor"><c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>; null when it is not set.</param>
/// <param name="ByIdentity">Whether the resource is written to by the worker's identity: <c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c> holds <c>Authorization=AAD</c>.</param>
/// <param name="ServiceName"><c>OTEL_SERVICE_NAME</c>; null when it is not set.</param>
public sealed record TelemetryOptions(bool Otlp = false, string? AzureMonitor = null, bool ByIdentity = false, string? ServiceName = null)
{
    /// <summary>Whether anything is sent to anybody.</summary>
    public bool Exports => Otlp || AzureMonitor is not null;

    /// <returns>The options, and every error in them; an error names the setting and what is permitted.</returns>
    public static (TelemetryOptions Options, IReadOnlyList<string> Errors) Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        var endpoint = Setting("OTEL_EXPORTER_OTLP_ENDPOINT");
        if (endpoint is not null && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            errors.Add("OTEL_EXPORTER_OTLP_ENDPOINT must be an absolute http or https URL.");
        var insights = Setting("APPLICATIONINSIGHTS_CONNECTION_STRING");
        if (insights?.Contains("InstrumentationKey=", StringComparison.OrdinalIgnoreCase) == false)
            errors.Add("APPLICATIONINSIGHTS_CONNECTION_STRING must be the connection string of an Application Insights resource: it holds 'InstrumentationKey='.");
        var byIdentity = Setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")?.Contains("Authorization=AAD", StringComparison.OrdinalIgnoreCase) == true;
        return (new TelemetryOptions(endpoint is not null, insights, byIdentity, Setting("OTEL_SERVICE_NAME")), errors);

        string? Setting(string name) => configuration[name] is { Length: > 0 } value ? value : null;
    }

    /// <summary>A connection string never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(TelemetryOptions)} [otlp {Otlp}, azure monitor {AzureMonitor is not null}]";
}

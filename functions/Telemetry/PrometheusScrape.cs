using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Telemetry;

/// <summary>OpenTelemetry's Prometheus exporter, which is a middleware, as something that a function can call.</summary>
public sealed class PrometheusScrape(IServiceProvider services)
{
    private readonly Lazy<RequestDelegate> _answer = new(() =>
        new ApplicationBuilder(services).UseOpenTelemetryPrometheusScrapingEndpoint(_ => true).Build());

    public Task AnswerAsync(HttpContext context) => _answer.Value(context);
}

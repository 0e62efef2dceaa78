using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Telemetry;

/// <summary><c>GET /metrics</c> for operators: Prometheus text (OpenMetrics where it is accepted) of the instance that answers; each instance has figures of its own.</summary>
public sealed class MetricsFunction(TelemetryOptions options, PrometheusScrape scrape)
{
    [Function("Metrics")]
    public async Task<IActionResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "metrics")] HttpRequest request)
    {
        request.Operator();
        if (!options.Prometheus)
            throw new GatewayException(StatusCodes.Status404NotFound, new ErrorDetail("metrics_off", "Setting 'Telemetry:Prometheus' is 'false'.", "not_found_error"));
        await scrape.AnswerAsync(request.HttpContext).ConfigureAwait(false);
        return new EmptyResult();
    }
}

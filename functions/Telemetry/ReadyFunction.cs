using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// <c>GET /health/ready</c>: anybody gets the word, operators the services behind it. 503 only when nothing works: an instance that is taken out of service because
/// something is down that all instances share helps nobody.
/// </summary>
public sealed class ReadyFunction(ReadinessChecks checks, Authenticator authenticator, OperatorKey operatorKey, TimeProvider time)
{
    [Function("HealthReady")]
    public async Task<IActionResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/ready")] HttpRequest request)
    {
        var found = await checks.GetAsync().ConfigureAwait(false);
        var status = found.Status == "not_ready" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return await IsOperatorAsync(request).ConfigureAwait(false) ? new JsonAnswer(found, status) : new JsonAnswer(new { found.Status }, status);
    }

    /// <summary>The services that know who asks may be the ones that are down: then it is anybody, unless it is the key of the settings.</summary>
    private async Task<bool> IsOperatorAsync(HttpRequest request)
    {
        using var limit = new CancellationTokenSource(ReadinessChecks.Patience, time);
        try
        {
            return (await authenticator.AuthenticateAsync(request, limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false)).IsOperator;
        }
        catch (Exception)
        {
            return await IsOperatorsKeyAsync(request, limit.Token).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsOperatorsKeyAsync(HttpRequest request, CancellationToken stop)
    {
        var key = Authenticator.KeyOf(request);
        if (string.IsNullOrEmpty(key) || key.Length > 512) return false;
        try
        {
            return await operatorKey.AuthenticateAsync(key, stop).AsTask().WaitAsync(stop).ConfigureAwait(false) is not null;
        }
        catch (Exception)
        {
            return false;
        }
    }
}

namespace Serverless.GpuWorker.Api.Clients;

/// <summary>
/// Holds each client to its limits, on every path that does work (all that is posted). A client is a key, not the end user that a request names, which its caller chooses;
/// where there are no keys it is an address.
/// </summary>
internal sealed class ClientLimitsMiddleware(RequestDelegate next, ClientLimiter limiter)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (limiter.IsUnlimited || !HttpMethods.IsPost(context.Request.Method))
        {
            await next(context);
            return;
        }

        var client = CallerIdentity.HasKey(context) ? CallerIdentity.ClientId(context, null) : $"{context.Connection.RemoteIpAddress}";
        using var place = limiter.TryEnter(client, out var refusal) ?? throw refusal.ToException();
        await next(context);
    }
}

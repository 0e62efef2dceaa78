using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Net.Http.Headers;

namespace Serverless.Functions.Hosting;

/// <summary>Lets the pages that the settings name read the answers, errors too.</summary>
public sealed class CrossOriginMiddleware(CrossOrigin settings) : IFunctionsWorkerMiddleware
{
    private const string Exposed = "x-request-id, www-authenticate, retry-after, x-should-retry, etag, x-gateway-overhead-ms, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (settings.IsOn)
        {
            var http = context.GetHttpContext()!;
            http.Response.OnStarting(() =>
            {
                Write(http);
                return Task.CompletedTask;
            });
        }

        return next(context);
    }

    private void Write(HttpContext http)
    {
        var headers = http.Response.Headers;
        // A cache must not give one page the answer that was let through for another.
        if (!settings.IsForAll) headers.Append(HeaderNames.Vary, "Origin");
        if (http.Request.Headers.Origin is not [{ Length: > 0 } origin] || !settings.Permits(origin)) return;
        headers.AccessControlAllowOrigin = settings.IsForAll ? "*" : origin;
        // SignalR's own client asks with credentials.
        if (!settings.IsForAll) headers.AccessControlAllowCredentials = "true";
        headers.AccessControlExposeHeaders = Exposed;
    }
}

using System.Diagnostics;
using System.Globalization;

namespace Serverless.GpuWorker.Telemetry;

/// <summary>
/// A server span around a request, under the caller's own (<c>traceparent</c>; baggage and tracestate are callers' texts and are not taken). It names the route by its
/// template. Health and metrics have none.
/// </summary>
internal sealed class TraceMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        WorkerTraces.Source.HasListeners() && context.GetEndpoint() is RouteEndpoint endpoint && !IsProbe(context.Request.Path) ? TraceAsync(context, endpoint) : next(context);

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health", StringComparison.Ordinal) || path == "/metrics";

    private async Task TraceAsync(HttpContext context, RouteEndpoint endpoint)
    {
        // The server's own span, which nobody listens to, says "not sampled" of a request that nobody has decided about.
        Activity.Current = null;
        var caller = ActivityContext.TryParse(context.Request.Headers.TraceParent, null, isRemote: true, out var told) ? told : default;
        var route = endpoint.RoutePattern.RawText;
        using var span = WorkerTraces.Source.StartActivity($"{context.Request.Method} {route}", ActivityKind.Server, caller);
        try
        {
            await next(context);
        }
        finally
        {
            var status = context.Response.StatusCode;
            span?.SetTag("http.request.method", context.Request.Method).SetTag("http.route", route).SetTag("http.response.status_code", status);
            if (status >= 500) span?.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture)).SetStatus(ActivityStatusCode.Error);
        }
    }
}

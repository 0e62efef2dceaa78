using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// One HTTP request: a server span under the host's or the caller's own (<c>traceparent</c>), and <c>http.server.request.duration</c>. It names the route by its
/// template: paths hold names of documents.
/// </summary>
internal sealed class RequestSpan : IDisposable
{
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly HttpContext _http;
    private readonly string _route;
    private readonly long _started;
    private readonly Activity? _activity;
    private string? _error;

    public RequestSpan(GatewayMetrics metrics, TimeProvider time, HttpContext http, string function)
    {
        (_metrics, _time, _http, _route) = (metrics, time, http, HttpFunctions.TemplateOf(function));
        _started = time.GetTimestamp();
        if (!GatewayTraces.Source.HasListeners()) return;
        // The server's own span, where nobody listens to it, says "not sampled" of a request that nobody has decided about.
        var outer = Activity.Current is { Recorded: true } current ? new ActivityContext(current.TraceId, current.SpanId, current.ActivityTraceFlags)
            : ActivityContext.TryParse(http.Request.Headers.TraceParent, null, isRemote: true, out var told) ? told
            : default;
        if (outer == default) Activity.Current = null;
        _activity = GatewayTraces.Source.StartActivity($"{http.Request.Method} {_route}", ActivityKind.Server, outer);
        _activity?.SetTag("http.request.method", http.Request.Method).SetTag("http.route", _route).SetTag("faas.name", function);
    }

    /// <summary>The request failed. A code may be a provider's own word, so only one of ours becomes <c>error.type</c>; else the status is.</summary>
    public void Failed(string code) => _error = code;

    public void Dispose()
    {
        var status = _http.Response.StatusCode;
        _metrics.RecordRequest(_http.Request.Method, _route, status, _time.GetElapsedTime(_started));
        if (_activity is null) return;
        _activity.SetTag("http.response.status_code", status).SetTag("serverless.request.id", _http.TraceIdentifier);
        if (_error is not null) _activity.SetTag("error.type", GatewayMetrics.IsKnown(_error) ? _error : status.ToString(CultureInfo.InvariantCulture));
        if (status >= 500) _activity.SetStatus(ActivityStatusCode.Error);
        _activity.Dispose();
    }
}

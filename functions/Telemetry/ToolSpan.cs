using System.Diagnostics;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Telemetry;

/// <summary>One call of a tool of the MCP endpoint: a span below the request's and <c>mcp.server.operation.duration</c>, by OpenTelemetry's conventions for MCP. It is told neither arguments nor results.</summary>
internal sealed class ToolSpan : IDisposable
{
    private const string Method = "tools/call";

    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly string _kind;
    private readonly Activity? _activity;
    private readonly long _started;
    private string? _error = "failed";

    /// <param name="name">The tool's name, one that there is: on the span only.</param>
    /// <param name="kind">Of a closed set.</param>
    public ToolSpan(GatewayMetrics metrics, TimeProvider time, string name, string kind)
    {
        (_metrics, _time, _kind, _started) = (metrics, time, kind, time.GetTimestamp());
        _activity = GatewayTraces.Source.StartActivity($"{Method} {name}");
        _activity?.SetTag("mcp.method.name", Method).SetTag("gen_ai.operation.name", "execute_tool").SetTag("gen_ai.tool.name", name);
    }

    /// <param name="error">Null where it succeeded; <c>tool_error</c> where the caller is at fault.</param>
    public void Ended(string? error) => _error = error;

    public void Dispose()
    {
        var error = _error is null or "tool_error" or "failed" ? _error : GatewayMetrics.ErrorType(_error);
        _metrics.RecordTool(Method, _kind, _time.GetElapsedTime(_started), error);
        if (error is not null) _activity?.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        _activity?.Dispose();
    }
}

using System.Diagnostics;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Telemetry;

/// <summary>One search of a collection: a client span and <c>gen_ai.retrieval.duration</c>. It is told neither the question nor what is found.</summary>
internal sealed class RetrievalSpan : IDisposable
{
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Activity? _activity;
    private readonly long _started;
    private string? _error = "failed";

    /// <param name="collection">The data source's id, on the span only.</param>
    public RetrievalSpan(GatewayMetrics metrics, TimeProvider time, string collection)
    {
        (_metrics, _time) = (metrics, time);
        _started = time.GetTimestamp();
        _activity = GatewayTraces.Source.StartActivity("retrieval", ActivityKind.Client);
        _activity?.SetTag("gen_ai.operation.name", "retrieval").SetTag("gen_ai.data_source.id", collection);
    }

    /// <param name="code">Why it was not searched as asked.</param>
    public void FellBack(string code) => _activity?.SetTag("serverless.retrieval.fallback", code);

    public void Succeeded() => _error = null;

    public void Dispose()
    {
        _metrics.RecordRetrieval(_time.GetElapsedTime(_started), _error);
        if (_error is not null) _activity?.SetTag("error.type", _error).SetStatus(ActivityStatusCode.Error);
        _activity?.Dispose();
    }
}

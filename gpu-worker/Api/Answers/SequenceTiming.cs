using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Telemetry;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>Measures one sequence, from the request to its end, on one monotonic clock.</summary>
/// <param name="span">Null where nobody listens.</param>
internal sealed class SequenceTiming(ServingMetrics metrics, TimeProvider time, SequenceSpan? span)
{
    private readonly long _started = time.GetTimestamp();
    private long? _lastToken;

    /// <summary>Whether the engine is to tell how long the sequence took.</summary>
    public bool IsTraced => span is not null;

    public void Token(GeneratedToken token)
    {
        span?.Token(token);
        var now = time.GetTimestamp();
        if (_lastToken is { } last)
        {
            metrics.InterTokenLatency.Record(time.GetElapsedTime(last, now));
        }
        else
        {
            metrics.TimeToFirstToken.Record(time.GetElapsedTime(_started, now));
        }

        _lastToken = now;
    }

    /// <param name="reason">One of <see cref="ServingMetrics.FinishReasons"/>.</param>
    public void Finish(string reason)
    {
        metrics.E2eRequestLatency.Record(time.GetElapsedTime(_started));
        metrics.CountFinished(reason);
        span?.Finish(reason);
    }
}

namespace Serverless.GpuWorker.Api;

/// <summary>Measures one sequence, from the request to its end, on one monotonic clock.</summary>
internal sealed class SequenceTiming(ServingMetrics metrics, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long? _lastToken;

    public void Token()
    {
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
    }
}

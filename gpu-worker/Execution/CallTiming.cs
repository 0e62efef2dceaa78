using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>When a request came, first ran, and got its tokens, on one monotonic clock. The step loop tells of it, its reader ends it.</summary>
internal sealed class CallTiming(EngineHistograms histograms, TimeProvider time)
{
    private readonly long _arrived = time.GetTimestamp();
    private long _scheduled, _first, _last;
    private int _tokens;

    /// <summary>The sequence is part of a step for the first time.</summary>
    public void Scheduled() => _scheduled = time.GetTimestamp();

    public void Token()
    {
        _last = time.GetTimestamp();
        if (_tokens++ == 0) _first = _last;
    }

    /// <summary>Of what there is so far; it has got a token.</summary>
    public SequenceTimes Times => new(time.GetElapsedTime(_arrived, _scheduled), time.GetElapsedTime(_scheduled, _first), time.GetElapsedTime(_first, _last));

    /// <summary>Records it, if it has got a token.</summary>
    public void End(int promptTokens)
    {
        if (_tokens == 0) return;
        histograms.Record(EngineMeasure.QueueTime, Seconds(_arrived, _scheduled));
        histograms.Record(EngineMeasure.PrefillTime, Seconds(_scheduled, _first));
        histograms.Record(EngineMeasure.DecodeTime, Seconds(_first, _last));
        histograms.Record(EngineMeasure.InferenceTime, Seconds(_scheduled, _last));
        histograms.Record(EngineMeasure.PromptTokens, promptTokens);
        histograms.Record(EngineMeasure.GenerationTokens, _tokens);
    }

    private double Seconds(long from, long to) => time.GetElapsedTime(from, to).TotalSeconds;
}

using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>What the step loop has done, written by its thread and read by any. Health is progress: a step that never ends stops the clock.</summary>
internal sealed class EngineProgress(TimeSpan now)
{
    /// <summary>Weight of the newest step in the running average of throughput.</summary>
    private const double Smoothing = 0.2;

    /// <summary>Steps in a row in which nothing could be run, after which the engine is not ready: it is the engine, not a request.</summary>
    private const int FailedStepsAllowed = 3;

    private readonly Lock _lock = new();
    private TimeSpan _last = now;
    private bool _isResting = true;
    private int _running, _failedSteps;
    private double _kvCacheUsage, _tokensPerSecond;
    private long _promptTokens, _generatedTokens, _preemptions, _prefixQueries, _prefixHits;
    private DraftCounts _drafts;

    public EngineHistograms Histograms { get; } = new();

    /// <summary>Tokens computed a second, averaged over late steps; 0 before the first.</summary>
    public double TokensPerSecond
    {
        get
        {
            lock (_lock)
                return _tokensPerSecond;
        }
    }

    public void Begin(TimeSpan now, Scheduler scheduler)
    {
        lock (_lock)
        {
            // Time spent idle is not time without progress.
            if (_isResting)
                _last = now;

            _isResting = false;
            Look(scheduler);
        }
    }

    public void Complete(TimeSpan now, TimeSpan elapsed, int tokens, bool succeeded, Scheduler scheduler)
    {
        Histograms.Record(EngineMeasure.StepTokens, tokens);
        lock (_lock)
        {
            _last = now;
            double rate = tokens / Math.Max(elapsed.TotalSeconds, 1e-6);
            _tokensPerSecond = _tokensPerSecond == 0 ? rate : (Smoothing * rate) + ((1 - Smoothing) * _tokensPerSecond);
            _failedSteps = succeeded ? 0 : _failedSteps + 1;
            Look(scheduler);
        }
    }

    public void Rest(Scheduler scheduler)
    {
        lock (_lock)
        {
            _isResting = true;
            Look(scheduler);
        }
    }

    public void Count(int promptTokens, int generatedTokens, DraftCounts drafts)
    {
        lock (_lock)
        {
            _promptTokens += promptTokens;
            _generatedTokens += generatedTokens;
            _drafts = _drafts.Plus(drafts);
        }
    }

    public EngineStatus ToStatus(bool isOpen, TimeSpan now, int waiting, bool withHistograms)
    {
        lock (_lock)
            return new EngineStatus(isOpen && _failedSteps < FailedStepsAllowed, _isResting ? now : _last, _running, waiting, _kvCacheUsage, _promptTokens, _generatedTokens)
            {
                Preemptions = _preemptions,
                PrefixQueryTokens = _prefixQueries,
                PrefixHitTokens = _prefixHits,
                Drafts = _drafts,
                Histograms = withHistograms ? Histograms.Snapshot() : [],
            };
    }

    private void Look(Scheduler scheduler)
    {
        _running = scheduler.Running.Count;
        _kvCacheUsage = scheduler.KvCacheUsage;
        (_preemptions, _prefixQueries, _prefixHits) = (scheduler.Preemptions, scheduler.PrefixQueryTokens, scheduler.PrefixHitTokens);
    }
}

using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// The engine's heart: takes calls in, plans a step, runs it, samples, commits, publishes. A step that fails changes nothing but the cache
/// slots it would write again, so its sequences are then run one by one, and only those at fault fail. One thread runs it; others submit,
/// abandon and look.
/// </summary>
internal sealed class StepLoop(IStepModel model, Scheduler scheduler, QueueBudget queue, StopRule stopRule, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly List<EngineCall> _arrived = [];
    private readonly Dictionary<Sequence, EngineCall> _calls = [];
    private readonly StepBatch _batch = new(model.BlockSize, model.TableWidth);
    private readonly Sampler _sampler = new(model.VocabularySize);
    private readonly EngineProgress _progress = new(time.GetUtcNow());
    private bool _isDraining, _isAborted, _hasAbandoned;

    /// <summary>For tests: called on the loop's thread after every step.</summary>
    internal Action<Scheduler>? StepCompleted { get; set; }

    public EngineHistograms Histograms => _progress.Histograms;

    public bool TrySubmit(EngineCall call)
    {
        lock (_lock)
        {
            if (_isDraining)
                return false;

            _arrived.Add(call);
        }
        _wake.Set();
        return true;
    }

    /// <summary>The reader is gone: what the call holds is free within a step.</summary>
    public void Abandon(EngineCall call)
    {
        call.IsAbandoned = true;
        Volatile.Write(ref _hasAbandoned, true);
        _wake.Set();
    }

    /// <summary>Takes no more calls, and ends when those inside have.</summary>
    public void Drain()
    {
        lock (_lock)
            _isDraining = true;

        _wake.Set();
    }

    /// <summary>Ends after the current step; calls still inside fail.</summary>
    public void Abort()
    {
        Drain();
        Volatile.Write(ref _isAborted, true);
        _wake.Set();
    }

    public EngineStatus GetStatus(DateTimeOffset now, QueueBudget waiting)
    {
        bool isOpen;
        lock (_lock)
            isOpen = !_isDraining;

        return _progress.ToStatus(isOpen, now, waiting.Requests);
    }

    /// <summary>How long the waiting tokens will take at the throughput of late; 1 to 60 seconds.</summary>
    public TimeSpan EstimateWait(long waitingTokens)
    {
        double seconds = waitingTokens / Math.Max(_progress.TokensPerSecond, 1);
        return TimeSpan.FromSeconds(Math.Clamp(double.Ceiling(seconds), 1, 60));
    }

    public void Run()
    {
        try
        {
            while (!Volatile.Read(ref _isAborted))
            {
                TakeArrivals();
                DropAbandoned();
                var plan = scheduler.Plan();
                if (plan.Count > 0)
                    Step([.. plan]);
                else if (!Rest())
                    break;
            }
            FailAll("The engine is stopping.");
        }
        catch (Exception exception)
        {
            Drain();
            EngineLog.LoopFailed(logger, exception, _calls.Count);
            FailAll("The engine failed.");
        }
        finally
        {
            Volatile.Write(ref _isAborted, true);
            _progress.Rest(scheduler);
        }
    }

    /// <summary>Waits for something to do; false when nothing more will come.</summary>
    private bool Rest()
    {
        _progress.Rest(scheduler);
        lock (_lock)
            if (_isDraining && _arrived.Count == 0)
                return false;

        _wake.WaitOne();
        return true;
    }

    private void TakeArrivals()
    {
        EngineCall[] arrived;
        lock (_lock)
        {
            arrived = [.. _arrived];
            _arrived.Clear();
        }
        foreach (var call in arrived)
        {
            _calls.Add(call.Sequence, call);
            scheduler.Add(call.Sequence);
        }
    }

    private void DropAbandoned()
    {
        if (!Volatile.Read(ref _hasAbandoned))
            return;

        Volatile.Write(ref _hasAbandoned, false);
        foreach (var call in _calls.Values.Where(c => c.IsAbandoned).ToList())
            End(call);
    }

    private void Step(ScheduledSequence[] plan)
    {
        foreach (var part in plan)
            LeaveQueue(_calls[part.Sequence]);

        int tokens = plan.Sum(part => part.Count);
        _progress.Begin(time.GetUtcNow(), scheduler);
        long started = time.GetTimestamp();
        bool succeeded = RunOrSplit(plan, tokens);
        _progress.Complete(time.GetUtcNow(), time.GetElapsedTime(started), tokens, succeeded, scheduler);
        StepCompleted?.Invoke(scheduler);
    }

    /// <summary>
    /// Runs a plan, or, where that fails, its parts one by one; false when every part failed. Nothing is committed before the model has run,
    /// so a failure leaves every sequence as it was. A model that failed for good ends the loop.
    /// </summary>
    private bool RunOrSplit(ReadOnlySpan<ScheduledSequence> plan, int tokens)
    {
        ReadOnlySpan<float> logits;
        try
        {
            logits = model.Run(_batch.Pack(plan));
        }
        catch (Exception exception) when (exception is not RankGroupFailedException)
        {
            if (plan.Length == 1)
            {
                Fail(plan[0].Sequence, exception, "The model could not run this request.");
                return false;
            }
            EngineLog.StepFailed(logger, exception, plan.Length, tokens);
            bool succeeded = false;
            for (int i = 0; i < plan.Length; i++)
                succeeded |= RunOrSplit(plan.Slice(i, 1), plan[i].Count);

            return succeeded;
        }
        SampleAndCommit(plan, logits);
        return true;
    }

    private void SampleAndCommit(ReadOnlySpan<ScheduledSequence> plan, ReadOnlySpan<float> logits)
    {
        int row = 0;
        foreach (var part in plan)
        {
            if (!part.IsSampled)
            {
                Commit(part, null);
                continue;
            }
            var sequence = part.Sequence;
            var own = logits.Slice(row++ * model.VocabularySize, model.VocabularySize);
            if (_sampler.Sample(own, sequence.Request.Sampling, sequence.GeneratedTokens, sequence.Length) is { } token)
                Commit(part, token);
            else
                Fail(sequence, null, "The model yielded no usable logits for this request.");
        }
    }

    private void Commit(ScheduledSequence part, int? token)
    {
        var sequence = part.Sequence;
        scheduler.Commit(part);
        _progress.Count(promptTokens: Math.Clamp(sequence.Request.PromptTokens.Length - part.Start, 0, part.Count), generatedTokens: token is null ? 0 : 1);
        if (token is not { } next)
            return;

        scheduler.Append(sequence, next);
        var finish = stopRule.Check(sequence, next);
        var call = _calls[sequence];
        // The blocks are free before the reader learns that the answer is complete.
        if (finish is not null)
            End(call);

        call.Publish(new GeneratedToken(next, finish));
    }

    private void Fail(Sequence sequence, Exception? exception, string message)
    {
        EngineLog.SequenceFailed(logger, exception, sequence.Id);
        var call = _calls[sequence];
        End(call, distrust: true);
        call.Fail(new EngineFailedException(message, exception));
    }

    private void End(EngineCall call, bool distrust = false)
    {
        scheduler.Remove(call.Sequence, distrust);
        LeaveQueue(call);
        _calls.Remove(call.Sequence);
    }

    private void LeaveQueue(EngineCall call)
    {
        if (call.IsQueued)
            queue.Leave(call.Sequence.Request.PromptTokens.Length);

        call.IsQueued = false;
    }

    private void FailAll(string message)
    {
        TakeArrivalsToFail();
        foreach (var call in _calls.Values.ToList())
        {
            LeaveQueue(call);
            call.Fail(new EngineFailedException(message));
        }
        _calls.Clear();
    }

    private void TakeArrivalsToFail()
    {
        lock (_lock)
        {
            foreach (var call in _arrived)
                _calls.TryAdd(call.Sequence, call);

            _arrived.Clear();
        }
    }
}

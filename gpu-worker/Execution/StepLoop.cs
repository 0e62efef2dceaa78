using Serverless.Contracts;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// The engine's heart: takes calls in, plans a step, runs it, samples, commits, publishes. A step that fails changes nothing but the cache
/// slots it would write again, so its sequences are then run one by one, and only those at fault fail. Every plan is looked at before it
/// runs, and the whole state now and then: an engine whose state is wrong ends. While a step runs, the tokens of the one before are given to
/// their readers and the one after is planned and packed. One thread runs it; others submit, abandon and look.
/// </summary>
internal sealed class StepLoop(IStepModel model, Scheduler scheduler, QueueBudget queue, RowSampler sampler, StopRule stopRule, TimeProvider time, ILogger logger)
{
    /// <summary>Steps from one look at every block and sequence to the next.</summary>
    internal const int StepsBetweenFullChecks = 4096;

    private readonly EngineMailbox _mailbox = new();
    private readonly List<EngineCall> _arrived = [], _abandoned = [];
    private readonly EngineCalls _calls = new(scheduler, queue, logger);
    private readonly EngineProgress _progress = new(time.GetSteadyNow());
    private readonly RunAhead _ahead = new(model);
    private StepBatch _batch = new(model.BlockSize, model.TableWidth, model.Candidates), _nextBatch = new(model.BlockSize, model.TableWidth, model.Candidates);
    private Action? _meanwhile;
    private int _stepsUnchecked;

    /// <summary>For tests: called on the loop's thread after every step.</summary>
    internal Action<Scheduler>? StepCompleted { get; set; }

    public EngineHistograms Histograms => _progress.Histograms;

    public bool TrySubmit(EngineCall call) => _mailbox.TrySubmit(call);

    /// <summary>The reader is gone: what the call holds is free within a step.</summary>
    public void Abandon(EngineCall call) => _mailbox.Abandon(call);

    /// <summary>Takes no more calls, and ends when those inside have.</summary>
    public void Drain() => _mailbox.Close();

    /// <summary>Ends after the current step; calls still inside fail.</summary>
    public void Abort() => _mailbox.Abort();

    public EngineStatus GetStatus(TimeSpan now, QueueBudget waiting, bool withHistograms) =>
        _progress.ToStatus(_mailbox.IsOpen, now, waiting.Requests, withHistograms);

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
            while (!_mailbox.IsAborted)
            {
                TakeMail();
                ExpireDue();
                var plan = scheduler.Plan();
                Check(plan);
                if (plan.Length > 0)
                {
                    Step(plan);
                    continue;
                }
                _ahead.Drop();
                if (!Rest())
                    break;
            }
            _ahead.Drop();
            FailAll("The engine is stopping.");
        }
        catch (InvariantViolatedException violation)
        {
            EngineLog.InvariantViolated(logger, violation.Message, _calls.Count);
            FailAll("The engine failed.");
        }
        catch (Exception exception)
        {
            EngineLog.LoopFailed(logger, exception, _calls.Count);
            FailAll("The engine failed.");
        }
        finally
        {
            _mailbox.Abort();
            _progress.Rest(scheduler);
        }
    }

    /// <summary>Waits for something to do; false when nothing more will come. Nothing waits in the scheduler then, so no deadline is missed.</summary>
    private bool Rest()
    {
        _calls.Publish();
        _progress.Rest(scheduler);
        return _mailbox.Wait();
    }

    private void TakeMail()
    {
        _mailbox.Take(_arrived, _abandoned);
        foreach (var call in _arrived)
            _calls.Add(call);

        foreach (var call in _abandoned)
            _calls.End(call);

        _arrived.Clear();
        _abandoned.Clear();
    }

    private void ExpireDue()
    {
        var now = time.GetSteadyNow();
        while (scheduler.Expire(now) is { } sequence)
            _calls.Expire(sequence);
    }

    private void Check(ReadOnlySpan<ScheduledSequence> plan)
    {
        var violation = scheduler.ViolationOf(plan);
        if (violation is null && _stepsUnchecked >= StepsBetweenFullChecks)
        {
            violation = scheduler.Violations().FirstOrDefault();
            _stepsUnchecked = 0;
        }
        if (violation is not null)
            throw new InvariantViolatedException(violation);
    }

    private void Step(ReadOnlySpan<ScheduledSequence> plan)
    {
        int tokens = 0;
        foreach (var part in plan)
        {
            _calls.LeaveQueue(part.Sequence);
            tokens += part.Count;
        }
        _progress.Begin(time.GetSteadyNow(), scheduler);
        long started = time.GetTimestamp();
        (_batch, _nextBatch) = (_nextBatch, _batch);
        _meanwhile ??= Meanwhile;
        bool succeeded = _ahead.IsBegun ? EndBegun(plan, tokens) : RunOrSplit(plan, tokens, _meanwhile);
        var elapsed = time.GetElapsedTime(started);
        scheduler.Ran(plan, elapsed);
        _progress.Complete(time.GetSteadyNow(), elapsed, tokens, succeeded, scheduler);
        _stepsUnchecked++;
        StepCompleted?.Invoke(scheduler);
    }

    /// <summary>While a step runs, or just before: what the latest one yielded goes out, and what the next one needs is made ready.</summary>
    private void Meanwhile()
    {
        _calls.Publish();
        if (_ahead.IsPartial)
            return;

        var ahead = scheduler.PlanAhead();
        _nextBatch.Place(ahead);
        _ahead.TryBegin(ahead, _nextBatch);
    }

    /// <summary>Ends the step that was begun ahead. What of the plan was not foreseen, or not rightly, runs in the next one.</summary>
    private bool EndBegun(ReadOnlySpan<ScheduledSequence> plan, int tokens)
    {
        _ahead.Take(plan);
        StepRows rows;
        try
        {
            rows = model.End(_meanwhile);
        }
        catch (Exception exception) when (exception is not RankGroupFailedException)
        {
            // The one that was begun meanwhile has been fed by this one.
            _ahead.Drop();
            EngineLog.StepFailed(logger, exception, plan.Length, tokens);
            return RunOrSplit(plan, tokens, meanwhile: null);
        }
        if (_ahead.Kept.IsEmpty)
            return RunOrSplit(plan, tokens, meanwhile: null);

        _ahead.Learn(rows);
        _ahead.Decide(_ahead.Kept, sampler.SampleBest(rows, _ahead.KeptRows));
        Commit(_ahead.Decided, _ahead.DecidedRows);
        return true;
    }

    /// <summary>
    /// Runs a plan, or, where that fails, its parts one by one; false when every part failed. Nothing is committed before the model has run,
    /// so a failure leaves every sequence as it was. A model that failed for good ends the loop.
    /// </summary>
    /// <param name="meanwhile">Null for a part of a plan that has failed.</param>
    private bool RunOrSplit(ReadOnlySpan<ScheduledSequence> plan, int tokens, Action? meanwhile)
    {
        var step = _batch.Pack(plan);
        StepRows rows;
        _ahead.Runs(plan);
        try
        {
            rows = model.RunRows(step, meanwhile);
        }
        catch (Exception exception) when (exception is not RankGroupFailedException)
        {
            _ahead.Drop();
            // The next plan is preceded by a look at everything.
            _stepsUnchecked = StepsBetweenFullChecks;
            if (plan.Length == 1 && plan[0].Drafts > 0)
            {
                // What was only drafted is not the request's fault.
                EngineLog.StepFailed(logger, exception, plan.Length, tokens);
                var plain = scheduler.WithoutDrafts(plan[0]);
                return RunOrSplit([plain], plain.Count, meanwhile: null);
            }
            if (plan.Length == 1)
            {
                Fail(plan[0].Sequence, exception, "The model could not run this request.");
                return false;
            }
            EngineLog.StepFailed(logger, exception, plan.Length, tokens);
            bool succeeded = false;
            for (int i = 0; i < plan.Length; i++)
                succeeded |= RunOrSplit(plan.Slice(i, 1), plan[i].Count, meanwhile: null);

            return succeeded;
        }
        var sampled = sampler.Sample(plan, rows, step.InverseTemperatures, model.VocabularySize);
        _ahead.Learn(rows);
        if (_ahead.IsWrittenOver)
        {
            _ahead.Decide(plan, sampled);
            Commit(_ahead.Decided, _ahead.DecidedRows);
            return true;
        }
        if (!sampler.Undecided.IsEmpty)
            sampler.Decide(model.ReadLogits(sampler.Undecided));

        _ahead.MustRead = false;
        Commit(plan, sampled);
        return true;
    }

    private void Commit(ReadOnlySpan<ScheduledSequence> plan, ReadOnlySpan<SampledRow> rows)
    {
        int prompt = 0, generated = 0;
        var drafts = default(DraftCounts);
        foreach (var part in plan)
        {
            var known = rows[..part.PromptRows];
            var sampled = rows[part.PromptRows..part.Rows];
            rows = rows[part.Rows..];
            if (sampled is [{ Token: null, Failure: var failure }, ..])
            {
                Fail(part.Sequence, failure);
                continue;
            }
            if (!Learn(part.Sequence, known))
                continue;

            prompt += Math.Clamp(part.Sequence.Given - part.Start, 0, part.Count);
            scheduler.Commit(part);
            int appended = Append(part.Sequence, sampled);
            generated += appended;
            if (part.Drafts > 0)
                drafts = drafts.With(part.Drafts, Math.Max(0, appended - 1));
        }
        _progress.Count(prompt, generated, drafts);
    }

    /// <summary>Takes in how likely the prompt's tokens were; false where the logits did not say, which ends the sequence.</summary>
    private bool Learn(Sequence sequence, ReadOnlySpan<SampledRow> known)
    {
        foreach (var row in known)
        {
            if (row.Token is not { Logprobs: { } logprobs })
            {
                Fail(sequence, row.Failure);
                return false;
            }
            sequence.LearnPrompt(logprobs);
        }
        return true;
    }

    /// <summary>Appends what was sampled after a sequence's last token, and after each draft that came; returns how many tokens that are.</summary>
    private int Append(Sequence sequence, ReadOnlySpan<SampledRow> sampled)
    {
        for (int i = 0; i < sampled.Length; i++)
        {
            if (sampled[i] is not { Token: { } token })
            {
                Fail(sequence, sampled[i].Failure);
                return i;
            }
            if (!Append(sequence, token))
                return i + 1;
        }
        return sampled.Length;
    }

    /// <returns>Whether the token was drafted, so that the one after it is known as well.</returns>
    private bool Append(Sequence sequence, SampledToken token)
    {
        bool isDrafted = scheduler.Append(sequence, token.Id);
        var finish = stopRule.Check(sequence, token.Id);
        _calls.Yield(sequence, new GeneratedToken(token.Id, finish, token.Logprobs, OfPrompt: PromptReport.Of(null, sequence.TakePromptLogprobs())));
        return isDrafted && finish is null;
    }

    private void Fail(Sequence sequence, Exception? exception, string message = "The model yielded no usable logits for this request.") => _calls.Fail(sequence, exception, message);

    /// <summary>Nobody comes in any more; who is inside fails.</summary>
    private void FailAll(string message)
    {
        _calls.Publish();
        _mailbox.Close();
        _mailbox.Take(_arrived, _abandoned);
        _calls.FailAll(_arrived, message);
    }
}

using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Decides what runs. A step is a map from sequences to tokens under a budget; a prompt's chunk, a token being decoded and what a prefix hit
/// leaves over are the same thing: tokens not yet computed. Running sequences come before waiting ones, decodes before prompts, older before
/// younger, but that short prompts pass long ones. Where blocks run out, a younger one, that with the least to compute again, gives all its blocks up and is computed again later; so does one of a client that has several for
/// a client that has none. The oldest can always go on, and everything finishes. Pure: no clock, no threads, no model.
/// </summary>
public sealed class Scheduler
{
    private readonly SchedulerOptions _options;
    private readonly BlockPool _pool;
    private readonly WaitingQueue _waiting;
    private readonly DeadlineQueue _deadlines = new();
    private readonly Displacement _displacement;
    private readonly SchedulerAudit _audit;
    private readonly PrefixSharing _prefixes;
    private readonly BlockDemand _blocks;
    private readonly Drafting _drafting;
    private readonly Admission _admission;
    private readonly ShortPrompts _shortPrompts;
    private readonly Func<Sequence, bool> _mayPass;
    private readonly Foresight _foresight;
    private readonly List<Sequence> _running = [];
    private StepPlan _plan, _ahead;

    public Scheduler(SchedulerOptions options, BlockPool pool)
        : this(options, pool, drafts: null)
    {
    }

    /// <param name="drafts">Decides how much is drafted; null for nothing.</param>
    internal Scheduler(SchedulerOptions options, BlockPool pool, DraftPlanner? drafts)
    {
        if (options.MaxBatchedTokens <= options.MaxSequences)
            throw new ArgumentException($"MaxBatchedTokens is {options.MaxBatchedTokens}; it must exceed MaxSequences, {options.MaxSequences}.", nameof(options));

        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSequences, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPromptRows, 1, nameof(options));
        if (options.MaxPromptTokensBesideDecodes is { } beside && (beside < 1 || beside > options.MaxBatchedTokens))
            throw new ArgumentException($"MaxPromptTokensBesideDecodes is {beside}; it must be from 1 to MaxBatchedTokens, {options.MaxBatchedTokens}.", nameof(options));

        _options = options;
        _pool = pool;
        _waiting = new WaitingQueue(Counters);
        _displacement = new Displacement(Counters);
        _prefixes = new PrefixSharing(options, pool);
        _blocks = new BlockDemand(options.BlockSize, pool);
        _drafting = new Drafting(drafts, _blocks, options.BlockSize);
        _admission = new Admission(_running, pool, _prefixes, _blocks);
        _shortPrompts = new ShortPrompts(_running, _blocks);
        _mayPass = MayPass;
        _foresight = new Foresight(_running, _blocks, _shortPrompts);
        _audit = new SchedulerAudit(options, pool, _blocks);
        (_plan, _ahead) = (new StepPlan(options), new StepPlan(options));
    }

    /// <summary>Oldest admission first.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    public IEnumerable<Sequence> Waiting => _waiting.All;

    public int WaitingCount => _waiting.Count;

    public VirtualTokenCounters Counters { get; } = new();

    /// <summary>Share of the cache's blocks in use, 0..1.</summary>
    public double KvCacheUsage => 1 - ((double)_pool.Free / _pool.Total);

    /// <summary>Tokens that were looked for in the cache so far.</summary>
    public long PrefixQueryTokens => _prefixes.QueryTokens;

    /// <summary>Tokens that prefix hits have saved so far.</summary>
    public long PrefixHitTokens => _prefixes.HitTokens;

    public long Preemptions { get; private set; }

    /// <summary>Takes a sequence in. With its answer it must fit the whole cache, or it could never finish.</summary>
    public void Add(Sequence sequence)
    {
        int most = sequence.Request.PromptTokens.Length + sequence.Request.MaxTokens;
        if (_blocks.BlocksFor(most) > _pool.Total)
            throw new ArgumentException($"The request may grow to {most} tokens; the cache holds {(long)_pool.Total * _options.BlockSize}.", nameof(sequence));

        Counters.Enter(sequence.Request.ClientId);
        _waiting.Add(sequence);
        _deadlines.Add(sequence);
    }

    /// <summary>Lets go of a sequence whose deadline has come, the earliest first, and returns it; null when there is none.</summary>
    public Sequence? Expire(TimeSpan now)
    {
        var due = _deadlines.Due(now);
        if (due is not null)
            Remove(due);

        return due;
    }

    /// <summary>The next step's work, valid until the next plan; every token in it has its block. Empty only when there is nothing to do.</summary>
    public ReadOnlySpan<ScheduledSequence> Plan()
    {
        _plan.Withdraw();
        foreach (var part in _plan.Parts)
            WithoutDrafts(part);

        (_plan, _ahead) = (_ahead, _plan);
        _ahead.Clear();
        long preemptions = Preemptions;
        // Whoever waits may pass a prompt that had the whole step as long as nobody came.
        if (!_plan.HasComeTrue || (_plan.HasPrompts && _waiting.Count > 0))
        {
            _plan.Clear();
            // Decodes first: one token each, and the budget exceeds their number.
            PlanRunning(decodes: true);
            _plan.BeginPrompts();
            PlanShortPrompts(preemptions);
            PlanRunning(decodes: false);
        }
        // A step that has just preempted admits nobody: the blocks are wanted by those who run.
        if (Preemptions == preemptions)
            PlanWaiting(permits: null);

        _drafting.Plan(_plan);
        _plan.Announce();
        return _plan.Parts;
    }

    /// <summary>
    /// While the latest plan runs: what its sequences do in the step after it, as if each sampled token came and ended nothing. Nobody is
    /// admitted, and where somebody would have to give way nothing is planned. The next <see cref="Plan"/> begins with these parts if all
    /// has come true, and without them otherwise, so planning ahead changes when the work is done and not what is planned.
    /// </summary>
    /// <returns>Parts whose last token may not be there yet; valid until the next plan.</returns>
    public ReadOnlySpan<ScheduledSequence> PlanAhead()
    {
        _ahead.Clear();
        if (!_plan.HasDrafts && !_foresight.TryPlan(_ahead))
            _ahead.Clear();

        return _ahead.Parts;
    }

    /// <summary>What is wrong with a plan that is about to run; null when nothing is. Cheap enough for every step.</summary>
    public string? ViolationOf(ReadOnlySpan<ScheduledSequence> plan) => _audit.OfPlan(plan, _running.Count + _waiting.Count);

    /// <summary>The part with nothing drafted, which is as if it had never been; its step has not run.</summary>
    public ScheduledSequence WithoutDrafts(ScheduledSequence part) => _drafting.Without(part);

    /// <summary>The latest plan has run, in so long: drafts cost what rows do.</summary>
    public void Ran(ReadOnlySpan<ScheduledSequence> plan, TimeSpan elapsed) => _drafting.Ran(plan, elapsed);

    /// <summary>A part of a plan has run: its tokens are in the cache, and its drafts, should they be appended. Parts of sequences that ended meanwhile are ignored.</summary>
    public void Commit(ScheduledSequence part)
    {
        var sequence = part.Sequence;
        if (sequence.Phase != SequencePhase.Running)
            return;

        sequence.Computed = part.Start + part.Count - part.Drafts;
        _prefixes.Register(sequence);
    }

    /// <summary>
    /// Appends a sampled token. One that was drafted is in the cache already, so the token after it can be appended as well; one that was not is computed by the next step, and what was drafted in its
    /// place is given up with its blocks: its slots are written again before anybody reads them.
    /// </summary>
    /// <returns>Whether it was drafted.</returns>
    public bool Append(Sequence sequence, int token)
    {
        Counters.ChargeGenerated(sequence.Request.ClientId);
        bool hadDrafts = sequence.Drafts > 0;
        if (!sequence.Append(token))
        {
            if (hadDrafts)
                _blocks.Trim(sequence);

            return false;
        }
        sequence.Computed++;
        _drafting.Came();
        _prefixes.Register(sequence);
        return true;
    }

    /// <summary>Lets go of a sequence, whatever it is doing, and of all it holds. Doing so twice changes nothing.</summary>
    /// <param name="distrust">Its cache content may be wrong: nobody is to find it.</param>
    public void Remove(Sequence sequence, bool distrust = false)
    {
        if (sequence.Phase == SequencePhase.Finished)
            return;

        if (sequence.Phase == SequencePhase.Running)
            _running.Remove(sequence);
        else
            _waiting.Remove(sequence);

        if (distrust)
            sequence.Table.ForEach(_pool.Forget);

        _pool.Release(sequence.Table);
        _deadlines.Remove(sequence);
        sequence.Phase = SequencePhase.Finished;
        Counters.Leave(sequence.Request.ClientId);
    }

    /// <summary>What is wrong at rest between steps; empty when nothing is. Looks at every block and sequence.</summary>
    public IEnumerable<string> Violations() => _audit.AtRest(_running, [.. _waiting.All], _deadlines.Count);

    /// <summary>What passes the oldest prompt, of those that run and then of those that wait.</summary>
    private void PlanShortPrompts(long preemptions)
    {
        if (_shortPrompts.TryPlan(_plan) && _shortPrompts.ArePermitted && Preemptions == preemptions)
            PlanWaiting(_mayPass);

        _plan.HoldBack(0);
    }

    private void PlanRunning(bool decodes)
    {
        // By index: preemption takes from behind it only.
        for (int i = 0; i < _running.Count && _plan.Budget > 0; i++)
        {
            var sequence = _running[i];
            if (Foresight.IsDecode(sequence.Computed, sequence.Length) != decodes || (!decodes && _plan.Has(sequence)))
                continue;

            int count = _plan.Fitting(sequence, sequence.Computed, sequence.Length);
            if (count == 0)
                continue;

            while (sequence.Phase == SequencePhase.Running && !_blocks.TryReserve(sequence, sequence.Computed + count))
            {
                var victim = _blocks.CheapestFrom(i, _running);
                _plan.Drop(victim);
                Preempt(victim);
            }
            if (sequence.Phase == SequencePhase.Running)
                _plan.Take(sequence, sequence.Computed, count, decodes);
        }
    }

    private bool MayPass(Sequence waiting)
    {
        _prefixes.Find(waiting);
        return _shortPrompts.MayPass(waiting, _prefixes.LeftOf(waiting));
    }

    /// <param name="permits">Which sequences may be admitted now; null for all.</param>
    private void PlanWaiting(Func<Sequence, bool>? permits)
    {
        if (_waiting.Count == 0)
            return;

        int promised = _blocks.ToCome(_running);
        while (_plan.PromptBudget > 0 && _running.Count < _options.MaxSequences && (permits is null ? _waiting.Peek() : _waiting.Peek(permits)) is { } next && TryAdmit(next, promised))
        {
            TakeFirst(next);
            promised += _blocks.ToCome(next);
        }
        PlanDisplacing(promised, permits);
    }

    /// <summary>
    /// Admits one sequence of the client whose turn it is, if it has nothing running, in place of others' youngest; where priorities preempt, also in place of less urgent ones of its own. Preempted sequences that wait do
    /// so a little longer, and not for ever: whoever gives way has less running afterwards, and gets more only when they have gone before.
    /// </summary>
    private void PlanDisplacing(int promised, Func<Sequence, bool>? permits)
    {
        if ((permits is null ? _waiting.PeekFresh() : _waiting.PeekFresh(permits)) is not { } next || _plan.Fitting(next, 0, next.Length) == 0)
            return;

        if (!_displacement.HasCandidates(_running, next.Request.ClientId) && !(_options.PreemptByPriority && _displacement.HasLessUrgent(_running, next, _blocks)))
            return;

        var victims = _displacement.Fewest(_admission.BlocksMissing(next, promised), _blocks, _prefixes.Found);
        if (victims.Count == 0)
            return;

        foreach (var victim in victims)
        {
            _plan.Drop(victim);
            Preempt(victim);
        }
        if (!TryAdmit(next, _blocks.ToCome(_running)))
            throw new InvalidOperationException("Sequences gave way to one that had no room for all that.");

        TakeFirst(next);
    }

    /// <summary>Takes the first chunk of a sequence that has just been admitted: none where its prompt's logits are wanted and others have the step's rows, so that whoever comes behind it does not wait for those.</summary>
    private void TakeFirst(Sequence sequence)
    {
        int count = _plan.Fitting(sequence, sequence.Computed, sequence.Length);
        if (count == 0)
            return;

        if (!_blocks.TryReserve(sequence, sequence.Computed + count))
            throw new InvalidOperationException("A sequence was admitted without blocks for its first chunk.");

        _plan.Take(sequence, sequence.Computed, count, Foresight.IsDecode(sequence.Computed, sequence.Length));
    }

    private void Preempt(Sequence victim)
    {
        _running.Remove(victim);
        _pool.Release(victim.Table);
        victim.Computed = 0;
        victim.Registered = 0;
        victim.Phase = SequencePhase.Waiting;
        victim.Preemptions++;
        Preemptions++;
        _waiting.Add(victim);
    }

    private bool TryAdmit(Sequence sequence, int promised)
    {
        if (_admission.BlocksMissing(sequence, promised) > 0)
            return false;

        _waiting.Remove(sequence);
        _admission.Admit(sequence);
        if (!sequence.IsCharged)
            Counters.ChargePrompt(sequence.Request.ClientId, sequence.Given);

        sequence.IsCharged = true;
        return true;
    }
}

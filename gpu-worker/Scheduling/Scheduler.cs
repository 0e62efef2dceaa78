using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Decides what runs. A step is a map from sequences to tokens under a budget; a prompt's chunk, a token being decoded and what a prefix hit
/// leaves over are the same thing: tokens not yet computed. Running sequences come before waiting ones, decodes before prompts, older before
/// younger. Where blocks run out, the youngest gives all its blocks up and is computed again later; so does one of a client that has several for
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
    private readonly DraftPlanner? _drafts;
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
        _options = options;
        _pool = pool;
        _drafts = drafts;
        _waiting = new WaitingQueue(Counters);
        _displacement = new Displacement(Counters);
        _prefixes = new PrefixSharing(options, pool);
        _blocks = new BlockDemand(options.BlockSize, pool);
        _audit = new SchedulerAudit(options, pool, _blocks);
        (_plan, _ahead) = (new StepPlan(options.MaxBatchedTokens), new StepPlan(options.MaxBatchedTokens));
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
    public Sequence? Expire(DateTimeOffset now)
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
        if (!_plan.HasComeTrue)
        {
            _plan.Clear();
            // Decodes first: one token each, and the budget exceeds their number.
            PlanRunning(decodes: true);
            PlanRunning(decodes: false);
        }
        // A step that has just preempted admits nobody: the blocks are wanted by those who run.
        if (Preemptions == preemptions)
            PlanWaiting();

        PlanDrafts();
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
        if (!_plan.HasDrafts && (!TryPlanAhead(decodes: true) || !TryPlanAhead(decodes: false)))
            _ahead.Clear();

        return _ahead.Parts;
    }

    /// <summary>What is wrong with a plan that is about to run; null when nothing is. Cheap enough for every step.</summary>
    public string? ViolationOf(ReadOnlySpan<ScheduledSequence> plan) => _audit.OfPlan(plan, _running.Count + _waiting.Count);

    /// <summary>The part with nothing drafted, which is as if it had never been; its step has not run.</summary>
    public ScheduledSequence WithoutDrafts(ScheduledSequence part)
    {
        if (part.Drafts > 0)
        {
            part.Sequence.DropDrafts();
            _blocks.Trim(part.Sequence);
        }
        return part with { Count = part.Count - part.Drafts, Drafts = 0 };
    }

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

    private void PlanRunning(bool decodes)
    {
        // By index: preemption takes from the end of the list only.
        for (int i = 0; i < _running.Count && _plan.Budget > 0; i++)
        {
            var sequence = _running[i];
            if (IsDecode(sequence.Computed, sequence.Length) != decodes)
                continue;

            int count = Math.Min(sequence.Length - sequence.Computed, _plan.Budget);
            while (sequence.Phase == SequencePhase.Running && !_blocks.TryReserve(sequence, sequence.Computed + count))
            {
                var victim = _running[^1];
                _plan.Drop(victim);
                Preempt(victim);
            }
            if (sequence.Phase == SequencePhase.Running)
                _plan.Take(sequence, sequence.Computed, count);
        }
    }

    /// <summary>False when there are not blocks enough.</summary>
    private bool TryPlanAhead(bool decodes)
    {
        for (int i = 0; i < _running.Count && _ahead.Budget > 0; i++)
        {
            var sequence = _running[i];
            var (computed, length) = sequence.AfterPlan();
            if (computed == length || IsDecode(computed, length) != decodes)
                continue;

            int count = Math.Min(length - computed, _ahead.Budget);
            if (!_blocks.TryReserve(sequence, computed + count))
                return false;

            _ahead.Take(sequence, computed, count);
        }
        return true;
    }

    private void PlanWaiting()
    {
        if (_waiting.Count == 0)
            return;

        int promised = _blocks.ToCome(_running);
        while (_plan.Budget > 0 && _running.Count < _options.MaxSequences && _waiting.Peek() is { } next && TryAdmit(next, promised))
        {
            TakeFirst(next);
            promised += _blocks.ToCome(next);
        }
        PlanDisplacing(promised);
    }

    /// <summary>Drafts where that is faster, with what is left of the budget and of the blocks: nobody gives way to a draft, nor is admitted later for it.</summary>
    private void PlanDrafts()
    {
        if (_drafts is null || _plan.Budget == 0)
            return;

        var drafts = _drafts.Choose(_plan.Parts, _plan.Budget);
        for (int i = 0; i < drafts.Length; i++)
        {
            if (drafts[i] == 0)
                continue;

            var (sequence, start, count, _) = _plan.Parts[i];
            bool hasRoom = _blocks.TryReserve(sequence, start + count + drafts[i]);
            int fitting = hasRoom ? drafts[i] : Math.Min(drafts[i], (sequence.Table.Count * _options.BlockSize) - start - count);
            if (fitting == 0)
                continue;

            sequence.Draft(fitting);
            _plan.Draft(i, fitting);
        }
    }

    /// <summary>
    /// Admits one sequence of the client whose turn it is, if it has nothing running, in place of others' youngest. Preempted sequences that wait do
    /// so a little longer, and not for ever: whoever gives way has less running afterwards, and gets more only when they have gone before.
    /// </summary>
    private void PlanDisplacing(int promised)
    {
        if (_plan.Budget == 0 || _waiting.PeekFresh() is not { } next)
            return;

        if (!_displacement.HasCandidates(_running, next.Request.ClientId))
            return;

        var victims = _displacement.Fewest(BlocksWanted(next, promised, out int free) - free, _blocks);
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

    /// <summary>Takes the first chunk of a sequence that has just been admitted.</summary>
    private void TakeFirst(Sequence sequence)
    {
        int count = Math.Min(sequence.Length - sequence.Computed, _plan.Budget);
        if (!_blocks.TryReserve(sequence, sequence.Computed + count))
            throw new InvalidOperationException("A sequence was admitted without blocks for its first chunk.");

        _plan.Take(sequence, sequence.Computed, count);
    }

    private static bool IsDecode(int computed, int length) => length - computed == 1;

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

    /// <summary>
    /// Admits a sequence when the cache has room for all that it and the running ones still have to compute, so that nobody is preempted
    /// halfway through a prompt; takes hold of the blocks that another sequence of its client has computed already.
    /// </summary>
    /// <param name="promised">Blocks that the running sequences still need for the tokens they have.</param>
    private bool TryAdmit(Sequence sequence, int promised)
    {
        if (BlocksWanted(sequence, promised, out int free) > free)
            return false;

        _waiting.Remove(sequence);
        _prefixes.Take(sequence);
        sequence.Phase = SequencePhase.Running;
        _running.Add(sequence);
        if (!sequence.IsCharged)
            Counters.ChargePrompt(sequence.Request.ClientId, sequence.Given);

        sequence.IsCharged = true;
        return true;
    }

    /// <summary>Blocks that must be free to admit a sequence, and how many are, those left out that it shares.</summary>
    private int BlocksWanted(Sequence sequence, int promised, out int free)
    {
        free = _pool.Free - _prefixes.Find(sequence);
        // One block beyond the prompt, unless nothing else runs: the first decoded token would otherwise preempt at once.
        int spare = _running.Count > 0 ? 1 : 0;
        return _blocks.BlocksFor(sequence.Length) - _prefixes.Hits + spare + promised;
    }
}

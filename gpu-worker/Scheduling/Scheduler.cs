using Serverless.GpuWorker.KvCache;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Decides what runs. A step is a map from sequences to tokens under a budget; a prompt's chunk, a token being decoded and what a prefix hit
/// leaves over are the same thing: tokens not yet computed. Running sequences come before waiting ones, decodes before prompts, older before
/// younger. Where blocks run out, the youngest gives all its blocks up and is computed again later. The oldest can therefore always go on,
/// and everything finishes. Pure: no clock, no threads, no model.
/// </summary>
public sealed class Scheduler
{
    private readonly SchedulerOptions _options;
    private readonly BlockPool _pool;
    private readonly WaitingQueue _waiting;
    private readonly DeadlineQueue _deadlines = new();
    private readonly SchedulerAudit _audit;
    private readonly List<Sequence> _running = [];

    // Kept from step to step, so that a step allocates nothing.
    private readonly List<int> _hits = [];
    private StepPlan _plan, _ahead;

    public Scheduler(SchedulerOptions options, BlockPool pool)
    {
        if (options.MaxBatchedTokens <= options.MaxSequences)
            throw new ArgumentException($"MaxBatchedTokens is {options.MaxBatchedTokens}; it must exceed MaxSequences, {options.MaxSequences}.", nameof(options));

        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSequences, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockSize, 1, nameof(options));
        _options = options;
        _pool = pool;
        _waiting = new WaitingQueue(Counters);
        _audit = new SchedulerAudit(options, pool);
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
    public long PrefixQueryTokens { get; private set; }

    /// <summary>Tokens that prefix hits have saved so far.</summary>
    public long PrefixHitTokens { get; private set; }

    public long Preemptions { get; private set; }

    /// <summary>Takes a sequence in. With its answer it must fit the whole cache, or it could never finish.</summary>
    public void Add(Sequence sequence)
    {
        int most = sequence.Request.PromptTokens.Length + sequence.Request.MaxTokens;
        if (BlocksFor(most) > _pool.Total)
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
        if (!TryPlanAhead(decodes: true) || !TryPlanAhead(decodes: false))
            _ahead.Clear();

        return _ahead.Parts;
    }

    /// <summary>What is wrong with a plan that is about to run; null when nothing is. Cheap enough for every step.</summary>
    public string? ViolationOf(ReadOnlySpan<ScheduledSequence> plan) => _audit.OfPlan(plan, _running.Count + _waiting.Count);

    /// <summary>A part of a plan has run: its tokens are in the cache. Parts of sequences that ended meanwhile are ignored.</summary>
    public void Commit(ScheduledSequence part)
    {
        var sequence = part.Sequence;
        if (sequence.Phase != SequencePhase.Running)
            return;

        sequence.Computed = part.Start + part.Count;
        RegisterFullBlocks(sequence);
    }

    /// <summary>Appends a sampled token, which the next step computes.</summary>
    public void Append(Sequence sequence, int token)
    {
        sequence.Append(token);
        Counters.ChargeGenerated(sequence.Request.ClientId);
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
            while (sequence.Phase == SequencePhase.Running && !TryReserve(sequence, sequence.Computed + count))
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
            if (!TryReserve(sequence, computed + count))
                return false;

            _ahead.Take(sequence, computed, count);
        }
        return true;
    }

    private void PlanWaiting()
    {
        if (_waiting.Count == 0)
            return;

        int promised = 0;
        foreach (var sequence in _running)
            promised += BlocksToCome(sequence);

        while (_plan.Budget > 0 && _running.Count < _options.MaxSequences && _waiting.Peek() is { } next && TryAdmit(next, promised))
        {
            int count = Math.Min(next.Length - next.Computed, _plan.Budget);
            if (!TryReserve(next, next.Computed + count))
                throw new InvalidOperationException("A sequence was admitted without blocks for its first chunk.");

            _plan.Take(next, next.Computed, count);
            promised += BlocksToCome(next);
        }
    }

    private static bool IsDecode(int computed, int length) => length - computed == 1;

    private int BlocksFor(int tokens) => (tokens + _options.BlockSize - 1) / _options.BlockSize;

    /// <summary>Blocks that the tokens so far still need.</summary>
    private int BlocksToCome(Sequence sequence) => Math.Max(0, BlocksFor(sequence.Length) - sequence.Table.Count);

    private bool TryReserve(Sequence sequence, int tokens) =>
        _pool.TryAllocate(Math.Max(0, BlocksFor(tokens) - sequence.Table.Count), sequence.Table, sequence.Root);

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
        int taken = FindPrefix(sequence);
        // One block beyond the prompt, unless nothing else runs: the first decoded token would otherwise preempt at once.
        int spare = _running.Count > 0 ? 1 : 0;
        if (BlocksFor(sequence.Length) - _hits.Count + spare + promised > _pool.Free - taken)
            return false;

        _waiting.Remove(sequence);
        foreach (int block in _hits)
            _pool.Share(block);

        sequence.Table.AddRange(_hits);
        sequence.Registered = _hits.Count;
        sequence.Computed = _hits.Count * _options.BlockSize;
        PrefixQueryTokens += sequence.Length;
        PrefixHitTokens += sequence.Computed;
        sequence.Phase = SequencePhase.Running;
        _running.Add(sequence);
        if (!sequence.IsCharged)
            Counters.ChargePrompt(sequence.Request.ClientId, sequence.Given);

        sequence.IsCharged = true;
        return true;
    }

    /// <summary>
    /// Finds the cached blocks that the sequence begins with, and returns how many of them are free; never all of it, because its last token
    /// must run to yield logits.
    /// </summary>
    private int FindPrefix(Sequence sequence)
    {
        _hits.Clear();
        int free = 0;
        for (int i = 0; _options.PrefixCaching && (i + 1) * _options.BlockSize < sequence.Length; i++)
        {
            if (_pool.Find(sequence.HashOf(i, _options.BlockSize)) is not { } block)
                break;

            _hits.Add(block);
            free += _pool.IsFree(block) ? 1 : 0;
        }
        return free;
    }

    private void RegisterFullBlocks(Sequence sequence)
    {
        for (; _options.PrefixCaching && (sequence.Registered + 1) * _options.BlockSize <= sequence.Computed; sequence.Registered++)
            _pool.Register(sequence.Table[sequence.Registered], sequence.HashOf(sequence.Registered, _options.BlockSize));
    }
}

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
    private readonly List<Sequence> _running = [];

    public Scheduler(SchedulerOptions options, BlockPool pool)
    {
        if (options.MaxBatchedTokens <= options.MaxSequences)
            throw new ArgumentException($"MaxBatchedTokens is {options.MaxBatchedTokens}; it must exceed MaxSequences, {options.MaxSequences}.", nameof(options));

        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSequences, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockSize, 1, nameof(options));
        _options = options;
        _pool = pool;
        _waiting = new WaitingQueue(Counters);
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
    }

    /// <summary>The next step's work; every token in it has its block. Empty only when there is nothing to do.</summary>
    public IReadOnlyList<ScheduledSequence> Plan()
    {
        var plan = new List<ScheduledSequence>();
        int budget = _options.MaxBatchedTokens;
        bool preempted = false;
        // Decodes first: one token each, and the budget exceeds their number.
        foreach (var sequence in _running.Where(IsDecode).Concat(_running.Where(s => !IsDecode(s))).ToList())
        {
            if (sequence.Phase != SequencePhase.Running || budget == 0)
                continue;

            int count = Math.Min(sequence.Length - sequence.Computed, budget);
            while (!TryReserve(sequence, sequence.Computed + count))
            {
                var victim = _running[^1];
                budget += Unplan(plan, victim);
                Preempt(victim);
                preempted = true;
                if (victim == sequence)
                    break;
            }
            if (sequence.Phase != SequencePhase.Running)
                continue;

            plan.Add(new ScheduledSequence(sequence, sequence.Computed, count));
            budget -= count;
        }
        // A step that has just preempted admits nobody: the blocks are wanted by those who run.
        while (!preempted && budget > 0 && _running.Count < _options.MaxSequences && _waiting.Peek() is { } next && TryAdmit(next))
        {
            int count = Math.Min(next.Length - next.Computed, budget);
            if (!TryReserve(next, next.Computed + count))
                throw new InvalidOperationException("A sequence was admitted without blocks for its first chunk.");

            plan.Add(new ScheduledSequence(next, next.Computed, count));
            budget -= count;
        }
        return plan;
    }

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
        sequence.Phase = SequencePhase.Finished;
        Counters.Leave(sequence.Request.ClientId);
    }

    /// <summary>What is wrong at rest between steps; empty when nothing is.</summary>
    public IEnumerable<string> Violations()
    {
        foreach (string violation in _pool.Snapshot().Violations(_running.Concat(_waiting.All).Select(s => s.Blocks)))
            yield return violation;

        foreach (var sequence in _running)
            if (sequence.Computed >= sequence.Length || BlocksFor(sequence.Computed) > sequence.Table.Count || sequence.Phase != SequencePhase.Running)
                yield return $"{sequence} runs with {sequence.Table.Count} blocks";

        foreach (var sequence in _waiting.All)
            if (sequence.Computed > 0 || sequence.Table.Count > 0 || sequence.Phase != SequencePhase.Waiting)
                yield return $"{sequence} waits with {sequence.Table.Count} blocks";
    }

    private static bool IsDecode(Sequence sequence) => sequence.Length - sequence.Computed == 1;

    private int BlocksFor(int tokens) => (tokens + _options.BlockSize - 1) / _options.BlockSize;

    private bool TryReserve(Sequence sequence, int tokens) =>
        _pool.TryAllocate(Math.Max(0, BlocksFor(tokens) - sequence.Table.Count), sequence.Table);

    private static int Unplan(List<ScheduledSequence> plan, Sequence victim)
    {
        int at = plan.FindIndex(part => part.Sequence == victim);
        if (at < 0)
            return 0;

        int count = plan[at].Count;
        plan.RemoveAt(at);
        return count;
    }

    private void Preempt(Sequence victim)
    {
        _running.Remove(victim);
        _pool.Release(victim.Table);
        victim.Computed = 0;
        victim.HashedBlocks = 0;
        victim.LastHash = victim.Root;
        victim.Phase = SequencePhase.Waiting;
        victim.Preemptions++;
        Preemptions++;
        _waiting.Add(victim);
    }

    /// <summary>
    /// Admits a sequence when the cache has room for all that it and the running ones still have to compute, so that nobody is preempted
    /// halfway through a prompt; takes hold of the blocks that another sequence of its client has computed already.
    /// </summary>
    private bool TryAdmit(Sequence sequence)
    {
        var (hits, last) = FindPrefix(sequence);
        int taken = hits.Count(_pool.IsFree);
        // One block beyond the prompt, unless nothing else runs: the first decoded token would otherwise preempt at once.
        int spare = _running.Count > 0 ? 1 : 0;
        int promised = _running.Sum(other => Math.Max(0, BlocksFor(other.Length) - other.Table.Count));
        if (BlocksFor(sequence.Length) - hits.Count + spare + promised > _pool.Free - taken)
            return false;

        _waiting.Remove(sequence);
        foreach (int block in hits)
            _pool.Share(block);

        sequence.Table.AddRange(hits);
        sequence.Computed = hits.Count * _options.BlockSize;
        (sequence.HashedBlocks, sequence.LastHash) = (hits.Count, last);
        PrefixQueryTokens += sequence.Length;
        PrefixHitTokens += sequence.Computed;
        sequence.Phase = SequencePhase.Running;
        _running.Add(sequence);
        if (!sequence.IsCharged)
            Counters.ChargePrompt(sequence.Request.ClientId, sequence.Request.PromptTokens.Length);

        sequence.IsCharged = true;
        return true;
    }

    /// <summary>The cached blocks that the sequence begins with; never all of it, because its last token must run to yield logits.</summary>
    private (List<int> Blocks, BlockHash Last) FindPrefix(Sequence sequence)
    {
        var blocks = new List<int>();
        var hash = sequence.Root;
        for (int end = _options.BlockSize; _options.PrefixCaching && end < sequence.Length; end += _options.BlockSize)
        {
            var next = hash.Next(sequence.Tokens[(end - _options.BlockSize)..end]);
            if (_pool.Find(next) is not { } block)
                break;

            blocks.Add(block);
            hash = next;
        }
        return (blocks, hash);
    }

    private void RegisterFullBlocks(Sequence sequence)
    {
        if (!_options.PrefixCaching)
            return;

        for (int end = (sequence.HashedBlocks + 1) * _options.BlockSize; end <= sequence.Computed; end += _options.BlockSize)
        {
            sequence.LastHash = sequence.LastHash.Next(sequence.Tokens[(end - _options.BlockSize)..end]);
            _pool.Register(sequence.Table[sequence.HashedBlocks], sequence.LastHash);
            sequence.HashedBlocks++;
        }
    }
}

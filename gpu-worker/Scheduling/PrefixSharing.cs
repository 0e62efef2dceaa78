using Serverless.GpuWorker.KvCache;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>Finds the full blocks that a sequence begins with and that one of its client has computed before, and makes those it computes findable.</summary>
internal sealed class PrefixSharing(SchedulerOptions options, BlockPool pool)
{
    // Kept from step to step, so that a step allocates nothing.
    private readonly List<int> _hits = [];

    /// <summary>Tokens that were looked for so far.</summary>
    public long QueryTokens { get; private set; }

    /// <summary>Tokens that hits have saved so far.</summary>
    public long HitTokens { get; private set; }

    /// <summary>Blocks that <see cref="Find"/> found, in their order.</summary>
    public List<int> Found => _hits;

    /// <summary>
    /// Finds the blocks, and returns how many of them are free; never all of the sequence, because its last token must run to yield logits, and no token of a prompt whose own logits are still to come.
    /// </summary>
    public int Find(Sequence sequence)
    {
        _hits.Clear();
        int free = 0;
        for (int i = 0; options.PrefixCaching && (i + 1) * options.BlockSize < sequence.Length && (i + 1) * options.BlockSize <= sequence.Shareable; i++)
        {
            if (pool.Find(sequence.HashOf(i, options.BlockSize)) is not { } block)
                break;

            _hits.Add(block);
            free += pool.IsFree(block) ? 1 : 0;
        }
        return free;
    }

    /// <summary>Tokens of the sequence that <see cref="Find"/> was asked about last which are still to be computed.</summary>
    public int LeftOf(Sequence sequence) => sequence.Length - (_hits.Count * options.BlockSize);

    /// <summary>Gives the sequence the blocks that were found for it.</summary>
    public void Take(Sequence sequence)
    {
        foreach (int block in _hits)
            pool.Share(block);

        sequence.Table.AddRange(_hits);
        sequence.Registered = _hits.Count;
        sequence.Computed = _hits.Count * options.BlockSize;
        sequence.CachedTokens ??= Math.Min(sequence.Computed, sequence.Request.PromptTokens.Length);
        QueryTokens += sequence.Length;
        HitTokens += sequence.Computed;
    }

    /// <summary>Makes the sequence's full blocks findable.</summary>
    public void Register(Sequence sequence)
    {
        for (; options.PrefixCaching && (sequence.Registered + 1) * options.BlockSize <= sequence.Computed; sequence.Registered++)
            pool.Register(sequence.Table[sequence.Registered], sequence.HashOf(sequence.Registered, options.BlockSize));
    }
}

using Serverless.GpuWorker.KvCache;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>What sequences want of the cache's blocks, and what they would give back.</summary>
internal sealed class BlockDemand(int blockSize, BlockPool pool)
{
    public int BlocksFor(int tokens) => (tokens + blockSize - 1) / blockSize;

    /// <summary>Blocks that the tokens so far still need.</summary>
    public int ToCome(Sequence sequence) => Math.Max(0, BlocksFor(sequence.Length) - sequence.Table.Count);

    /// <summary>The same of all together.</summary>
    public int ToCome(List<Sequence> sequences)
    {
        int blocks = 0;
        foreach (var sequence in sequences)
            blocks += ToCome(sequence);

        return blocks;
    }

    /// <summary>Blocks that become free when a sequence gives its own up.</summary>
    public int Releasable(Sequence sequence)
    {
        int blocks = 0;
        foreach (int block in sequence.Table)
            blocks += pool.IsHeldOnce(block) ? 1 : 0;

        return blocks;
    }

    /// <summary>The same without those that a sequence with the same beginning shares.</summary>
    /// <param name="beginning">That sequence's first blocks.</param>
    public int Releasable(Sequence sequence, List<int> beginning)
    {
        int blocks = Releasable(sequence);
        for (int i = 0; i < Math.Min(beginning.Count, sequence.Table.Count) && sequence.Table[i] == beginning[i]; i++)
            blocks -= pool.IsHeldOnce(beginning[i]) ? 1 : 0;

        return blocks;
    }

    /// <summary>Of the sequences behind that at <paramref name="index"/> the one with the least to compute again, of equals the last; itself where it is the last.</summary>
    public Sequence CheapestFrom(int index, List<Sequence> sequences)
    {
        var cheapest = sequences[^1];
        int least = Releasable(cheapest);
        for (int i = sequences.Count - 2; i > index; i--)
        {
            // What others hold as well is not computed again, and frees no block.
            int own = Releasable(sequences[i]);
            if (own > 0 && (own < least || least == 0))
                (cheapest, least) = (sequences[i], own);
        }
        return cheapest;
    }

    /// <summary>Takes the blocks back that a sequence does not need for the tokens it has: those that drafts were written into, which nobody can find.</summary>
    public void Trim(Sequence sequence) => pool.Release(sequence.Table, BlocksFor(sequence.Length));

    /// <summary>Gives a sequence the blocks for so many tokens from its first, or changes nothing and returns false.</summary>
    public bool TryReserve(Sequence sequence, int tokens) =>
        pool.TryAllocate(Math.Max(0, BlocksFor(tokens) - sequence.Table.Count), sequence.Table, sequence.Root);
}

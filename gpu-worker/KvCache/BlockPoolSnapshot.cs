namespace Serverless.GpuWorker.KvCache;

/// <summary>A pool at one moment, for checking it.</summary>
/// <param name="References">References to each block.</param>
/// <param name="Free">Free blocks in the order in which they are handed out.</param>
/// <param name="Index">Findable blocks by content.</param>
public sealed record BlockPoolSnapshot(int[] References, IReadOnlyList<int> Free, int FreeCount, IReadOnlyDictionary<BlockHash, int> Index)
{
    /// <summary>What is wrong with the pool, given every table that references it; empty when nothing is.</summary>
    public IEnumerable<string> Violations(IEnumerable<IReadOnlyList<int>> tables)
    {
        if (Free.Count != FreeCount || Free.Distinct().Count() != FreeCount)
            yield return $"{Free.Count} blocks are on the free list, which counts {FreeCount}";

        var owners = new int[References.Length];
        foreach (var table in tables)
        {
            if (table.Distinct().Count() != table.Count)
                yield return "a table names a block twice";

            foreach (int block in table)
                owners[block]++;
        }
        for (int block = 0; block < References.Length; block++)
            if (owners[block] != References[block])
                yield return $"block {block} has {References[block]} references and {owners[block]} owners";

        foreach (int block in Free)
            if (References[block] != 0)
                yield return $"block {block} is free and referenced";

        if (Free.Count + References.Count(r => r > 0) != References.Length)
            yield return "free and used blocks are not all blocks";

        if (Index.Values.Distinct().Count() != Index.Count)
            yield return "a block has two contents";
    }
}

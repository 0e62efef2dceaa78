namespace Serverless.GpuWorker.KvCache;

/// <summary>A pool at one moment, for checking it.</summary>
/// <param name="References">References to each block.</param>
/// <param name="Blank">Free blocks without content.</param>
/// <param name="Idle">Free blocks whose content can be found, longest unused first.</param>
/// <param name="FreeCount">Free blocks as the pool counts them.</param>
/// <param name="Index">Findable blocks by content.</param>
/// <param name="OwnerOf">Whose each block is; null for a blank one.</param>
/// <param name="ClientLimit">The most blocks that a client has without being over its share.</param>
public sealed record BlockPoolSnapshot(
    int[] References,
    IReadOnlyList<int> Blank,
    IReadOnlyList<int> Idle,
    int FreeCount,
    IReadOnlyDictionary<BlockHash, int> Index,
    BlockHash?[] OwnerOf,
    IReadOnlyList<BlockOwnerSnapshot> Owners,
    int ClientLimit)
{
    /// <summary>What is wrong with the pool, given every table that references it; empty when nothing is.</summary>
    public IEnumerable<string> Violations(IEnumerable<IReadOnlyList<int>> tables) =>
        TableViolations(tables).Concat(FreeViolations()).Concat(OwnerViolations());

    private IEnumerable<string> TableViolations(IEnumerable<IReadOnlyList<int>> tables)
    {
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
    }

    private IEnumerable<string> FreeViolations()
    {
        int[] free = [.. Blank, .. Idle];
        if (free.Length != FreeCount || free.Distinct().Count() != FreeCount)
            yield return $"{free.Length} blocks are on the free lists, which count {FreeCount}";

        foreach (int block in free)
            if (References[block] != 0)
                yield return $"block {block} is free and referenced";

        if (free.Length + References.Count(r => r > 0) != References.Length)
            yield return "free and used blocks are not all blocks";

        if (Index.Values.Distinct().Count() != Index.Count)
            yield return "a block has two contents";

        if (!Idle.ToHashSet().SetEquals(Index.Values.Where(block => References[block] == 0)))
            yield return "the idle blocks are not the free ones that can be found";
    }

    private IEnumerable<string> OwnerViolations()
    {
        foreach (int block in Blank)
            if (OwnerOf[block] is not null)
                yield return $"block {block} is blank and somebody's";

        var counts = OwnerOf.OfType<BlockHash>().CountBy(root => root).ToDictionary();
        if (counts.Count != Owners.Count || counts.Values.Sum() + Blank.Count != References.Length)
            yield return $"{Owners.Count} clients are known, and {counts.Count} have blocks";

        var idle = Idle.ToLookup(block => OwnerOf[block]);
        foreach (var owner in Owners)
        {
            if (owner.Blocks != counts.GetValueOrDefault(owner.Client))
                yield return $"a client has {counts.GetValueOrDefault(owner.Client)} blocks, which count as {owner.Blocks}";

            if (!owner.Idle.SequenceEqual(idle[owner.Client]))
                yield return "a client's idle blocks are not those of the pool, or in another order";

            if (owner.IsOver != owner.Blocks > ClientLimit)
                yield return $"a client with {owner.Blocks} blocks is{(owner.IsOver ? "" : " not")} taken to be over its share of {ClientLimit}";
        }
    }
}

namespace Serverless.GpuWorker.KvCache;

/// <summary>Who has which blocks, and who has more than a share of them.</summary>
/// <param name="limit">The most blocks that a client has without being over its share.</param>
internal sealed class BlockOwners(int blocks, int limit)
{
    private readonly (int Previous, int Next)[] _links = new (int Previous, int Next)[blocks];
    private readonly BlockOwner?[] _ofBlock = new BlockOwner?[blocks];
    private readonly Dictionary<BlockHash, BlockOwner> _owners = [];
    private readonly List<BlockOwner> _over = [];

    public IReadOnlyCollection<BlockOwner> All => _owners.Values;

    public BlockOwner? this[int block] => _ofBlock[block];

    /// <summary>Those who have more than their share: 1 / share of them at most.</summary>
    public IReadOnlyList<BlockOwner> Over => _over;

    public void Give(int block, BlockHash root)
    {
        if (!_owners.TryGetValue(root, out var owner))
            _owners.Add(root, owner = new BlockOwner(root, new BlockList(_links)));

        _ofBlock[block] = owner;
        if (++owner.Blocks == limit + 1)
            _over.Add(owner);
    }

    public void Take(int block)
    {
        var owner = _ofBlock[block]!;
        _ofBlock[block] = null;
        if (--owner.Blocks == limit)
            _over.Remove(owner);

        if (owner.Blocks == 0)
            _owners.Remove(owner.Root);
    }
}

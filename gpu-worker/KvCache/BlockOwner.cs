namespace Serverless.GpuWorker.KvCache;

/// <summary>What a client has of the pool: blocks in its sequences' tables, and idle ones whose content can still be found.</summary>
internal sealed class BlockOwner(BlockHash root, BlockList idle)
{
    /// <summary>What the client's chains begin with.</summary>
    public BlockHash Root { get; } = root;

    /// <summary>Blocks held and idle.</summary>
    public int Blocks { get; set; }

    /// <summary>Idle blocks, longest unused first.</summary>
    public BlockList Idle { get; } = idle;
}

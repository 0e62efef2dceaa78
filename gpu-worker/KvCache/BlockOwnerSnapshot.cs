namespace Serverless.GpuWorker.KvCache;

/// <summary>What a client has of a pool at one moment.</summary>
/// <param name="Client">What its chains begin with.</param>
/// <param name="Blocks">Blocks counted as its own, held and idle.</param>
/// <param name="Idle">Its idle blocks, longest unused first.</param>
/// <param name="IsOver">Whether it is counted among those that have more than their share.</param>
public sealed record BlockOwnerSnapshot(BlockHash Client, int Blocks, IReadOnlyList<int> Idle, bool IsOver);

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// What a rank's process is told by rank 0's, over the channel that is theirs alone: the unique id lets whoever knows it join the group.
/// Rank 0's process makes the id (<see cref="INccl.CreateUniqueId"/>).
/// </summary>
/// <param name="Rank">0..<paramref name="Ranks"/> - 1.</param>
/// <param name="Device">The number of the device on this machine.</param>
/// <param name="UniqueId"><see cref="UniqueIdBytes"/> bytes.</param>
/// <param name="Timeout">The longest that joining, or a step, may take.</param>
internal sealed record RankAssignment(int Rank, int Ranks, int Device, byte[] UniqueId, TimeSpan Timeout)
{
    /// <summary>NCCL_UNIQUE_ID_BYTES.</summary>
    public const int UniqueIdBytes = 128;

    /// <summary>The same rank in a group of its own, for a probe.</summary>
    /// <param name="uniqueId">That group's.</param>
    public RankAssignment Alone(byte[] uniqueId) => this with { Rank = 0, Ranks = 1, UniqueId = uniqueId };

    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (Ranks is not (1 or 2 or 4 or 8)) throw new ArgumentException("Ranks must be 1, 2, 4 or 8.");
        if (Rank < 0 || Rank >= Ranks) throw new ArgumentException($"Rank must be from 0 to {Ranks - 1}.");
        if (Device < 0) throw new ArgumentException("Device must be 0 or more.");
        if (UniqueId.Length != UniqueIdBytes) throw new ArgumentException($"UniqueId must have {UniqueIdBytes} bytes.");
        if (Timeout <= TimeSpan.Zero) throw new ArgumentException("Timeout must be more than nothing.");
    }

    /// <summary>The id stays out of logs.</summary>
    public override string ToString() => $"rank {Rank} of {Ranks} on device {Device}";
}

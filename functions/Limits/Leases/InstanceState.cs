namespace Serverless.Functions.Limits.Leases;

/// <summary>What an instance has said of itself in its last write.</summary>
public sealed record InstanceState
{
    /// <summary>The number of the instance's write: tells it that a write whose answer was lost has gone through.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it wrote, by the storage's clock, Unix seconds; never later than the truth.</summary>
    public required long Seen { get; init; }

    /// <summary>Allowance that it had left, by counter. For windowed counters a hint for others' lease sizes; for concurrency all places that it has, in use or not.</summary>
    public IReadOnlyDictionary<string, long> Held { get; init; } = new Dictionary<string, long>();
}

namespace Serverless.Functions.Limits.Leases;

/// <summary>The counters of one scope: the content of a blob of container <c>limits</c>, replaced by ETag compare-and-swap only.</summary>
public sealed record ScopeState
{
    public static ScopeState Empty { get; } = new();

    public IReadOnlyDictionary<string, CounterState> Counters { get; init; } = new Dictionary<string, CounterState>();

    public IReadOnlyDictionary<string, InstanceState> Instances { get; init; } = new Dictionary<string, InstanceState>();
}

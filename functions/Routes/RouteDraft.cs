using Serverless.Functions.Caching;
using Serverless.Functions.Guards;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>A route as somebody wants it: read from a request, its fields checked one by one, not yet against other routes.</summary>
public sealed record RouteDraft
{
    public required string Name { get; init; }

    public required string RouteType { get; init; }

    /// <summary>Empty for a rag route.</summary>
    public IReadOnlyList<RouteTarget> Targets { get; init; } = [];

    /// <summary>The providers' keys that the request brings, by the position of their target.</summary>
    public IReadOnlyDictionary<int, SecretText> Keys { get; init; } = new Dictionary<int, SecretText>();

    public RouteRouting? Routing { get; init; }

    public RagSettings? Rag { get; init; }

    public EmbeddingInstructions? Instructions { get; init; }

    public GuardSettings? Guards { get; init; }

    public CacheSettings? Cache { get; init; }

    public RouteVersion ToVersion(DateTimeOffset now) => new()
    {
        Version = 0,
        RouteType = RouteType,
        Model = Targets.Count > 0 ? Targets[0].Model : null,
        Targets = Targets.Count > 1 || Targets is [{ HasLimits: true }] ? Targets : null,
        Routing = Routing,
        Rag = Rag,
        Instructions = Instructions,
        Guards = Guards,
        Cache = Cache,
        CreatedAt = now,
    };

    public override string ToString() => $"{Name} ({RouteType})";
}

using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Serverless.Functions.Caching;
using Serverless.Functions.Guards;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Routes;

/// <summary>One immutable state of a route: what it does, without the credential.</summary>
public sealed record RouteVersion
{
    // Asked for several times in every request.
    private static readonly ConditionalWeakTable<RouteModel, RouteTarget[]> Alone = [];

    public required int Version { get; init; }

    public required string RouteType { get; init; }

    /// <summary>The route's model, or the first of its targets'. Null for a rag route.</summary>
    public RouteModel? Model { get; init; }

    /// <summary>Where there are several; null for one.</summary>
    public IReadOnlyList<RouteTarget>? Targets { get; init; }

    /// <summary>Null for the settings' ways.</summary>
    public RouteRouting? Routing { get; init; }

    /// <summary>For a rag route only.</summary>
    public RagSettings? Rag { get; init; }

    /// <summary>For an embeddings route; null means the defaults.</summary>
    public EmbeddingInstructions? Instructions { get; init; }

    /// <summary>Null for none.</summary>
    public GuardSettings? Guards { get; init; }

    /// <summary>For routes that answer with a model; null for none.</summary>
    public CacheSettings? Cache { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>All targets, one where the route has one model.</summary>
    [JsonIgnore]
    public IReadOnlyList<RouteTarget> AllTargets => Targets ?? (Model is { } model ? Alone.GetValue(model, static model => [new RouteTarget(model)]) : []);

    /// <summary>What the route says of one of its models beside the model; null for a route of one.</summary>
    public RouteTarget? TargetOf(RouteModel model) => Targets is { } targets ? targets.FirstOrDefault(t => ReferenceEquals(t.Model, model)) : null;

    /// <summary>A version holds prompts, so it prints as its number.</summary>
    public override string ToString() => $"{RouteType} version {Version}";
}

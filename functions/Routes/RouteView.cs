using System.Text.Json.Serialization;
using Serverless.Functions.Caching;
using Serverless.Functions.Guards;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Routes;

/// <summary>A route as callers see it: MLflow's shape with ours added. It has no place for the provider's block.</summary>
public sealed record RouteView(
    string Name,
    string RouteType,
    RouteModelView Model,
    string RouteUrl,
    int Version,
    DateTimeOffset CreatedAt,
    RagSettings? Rag,
    EmbeddingInstructions? Instructions,
    IReadOnlyList<RouteTargetView>? Targets = null,
    RouteRouting? Routing = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? IsCurrent = null)
{
    public CacheSettings? Cache { get; init; }

    /// <summary>Without the words of its lists, which are told apart by their number.</summary>
    public GuardView? Guards { get; init; }

    public static RouteView Of(RouteDocument document, RouteVersion version) => new(
        document.Name,
        version.RouteType,
        version.Model is { } model ? new RouteModelView(model.Name, model.Provider) : new RouteModelView(version.Rag!.CompletionsRoute, "route"),
        $"/gateway/{document.Name}/invocations",
        version.Version,
        version.CreatedAt,
        version.Rag,
        version.RouteType == RouteTypes.Embeddings ? version.Instructions ?? EmbeddingInstructions.Default : null,
        version.Targets?.Select(t => new RouteTargetView(t.Model.Name, t.Model.Provider, t.Weight, t.Priority)).ToList(),
        version.Routing)
    {
        Cache = version.Cache,
        Guards = GuardView.Of(version.Guards),
    };

    public override string ToString() => $"{Name}@{Version}";
}

using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Serverless.Functions.Caching;
using Serverless.Functions.Clients;
using Serverless.Functions.Guards;

namespace Serverless.Functions.Routes;

/// <summary>A route as callers see it: MLflow's shape with ours added. It has no place for the provider's block.</summary>
public sealed record RouteView(
    string Name,
    string RouteType,
    RouteModelView Model,
    string RouteUrl,
    int Version,
    DateTimeOffset CreatedAt,
    JsonObject? Rag,
    EmbeddingInstructions? Instructions,
    IReadOnlyList<RouteTargetView>? Targets = null,
    RouteRouting? Routing = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? IsCurrent = null)
{
    public CacheSettings? Cache { get; init; }

    /// <summary>Without the words of its lists, which are told apart by their number.</summary>
    public GuardView? Guards { get; init; }

    /// <param name="caller">Who is shown it: prompts are for operators, and names of routes for who may use them.</param>
    public static RouteView Of(RouteDocument document, RouteVersion version, Caller caller) => new(
        document.Name,
        version.RouteType,
        version.Model is { } model ? new RouteModelView(model.Name, model.Provider) : new RouteModelView(RagView.Shown(version.Rag!.CompletionsRoute, caller) ?? document.Name, "route"),
        $"/gateway/{document.Name}/invocations",
        version.Version,
        version.CreatedAt,
        version.Rag is { } rag ? RagView.Of(rag, caller) : null,
        version.RouteType == RouteTypes.Embeddings ? version.Instructions ?? EmbeddingInstructions.Default : null,
        version.Targets?.Select(t => new RouteTargetView(t.Model.Name, t.Model.Provider, t.Weight, t.Priority, t.ConnectSeconds, t.FirstTokenSeconds, t.IdleSeconds) { Account = t.Model.Account }).ToList(),
        version.Routing)
    {
        Cache = version.Cache,
        Guards = GuardView.Of(version.Guards),
    };

    public override string ToString() => $"{Name}@{Version}";
}

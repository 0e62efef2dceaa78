using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>Writes down what routes are when a run begins.</summary>
public sealed class RouteSnapshots(RouteCatalog routes)
{
    /// <param name="reference"><c>name</c> or <c>name@version</c>.</param>
    /// <exception cref="GatewayException">There is no such route, the caller may not use it, or it answers nothing; names <paramref name="field"/>.</exception>
    public async Task<EvaluatedRoute> TakeAsync(string reference, string field, Caller caller, CancellationToken cancellationToken)
    {
        var route = await routes.ResolveAsync(reference, caller, field, cancellationToken);
        if (route.Type is RouteTypes.Embeddings or RouteTypes.Rerank)
            throw GatewayException.Invalid(field, $"'{field}': route '{route.Name}' is of type {route.Type}; only routes that answer are evaluated.", "wrong_route_type");
        if (route.Version.Rag is not { } rag)
            return new EvaluatedRoute(route.ToString(), route.Name, route.Version.Version, route.Type, null, null, null, null, null, null, Models("answers", route, isPinned: true));

        var embeddings = await routes.ResolveAsync(rag.EmbeddingsRoute, Caller.System, field, cancellationToken);
        var answers = await routes.ResolveAsync(rag.CompletionsRoute, Caller.System, field, cancellationToken);
        var reranker = rag.Rerank is { } rerank ? await routes.ResolveAsync(rerank.Route, Caller.System, field, cancellationToken) : null;
        var prompts = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{rag.SystemPrompt}\0{rag.PromptTemplate}")));
        return new EvaluatedRoute(
            route.ToString(), route.Name, route.Version.Version, route.Type, rag.Collection, rag.Retrieval, rag.TopK, rag.MaxContextTokens, rag.MaxTokens, prompts,
            [.. Models("embeddings", embeddings, IsPinned(rag.EmbeddingsRoute)), .. Models("answers", answers, IsPinned(rag.CompletionsRoute)), .. reranker is null ? [] : Models("rerank", reranker, IsPinned(rag.Rerank!.Route))])
        {
            Rerank = rag.Rerank,
            RelevanceFloor = rag.RelevanceFloor,
        };
    }

    private static bool IsPinned(string reference) => reference.Contains('@', StringComparison.Ordinal);

    private static IReadOnlyList<EvaluatedModel> Models(string role, ResolvedRoute route, bool isPinned) =>
        [.. route.Version.AllTargets.Select(target => new EvaluatedModel(role, route.ToString(), target.Model.Provider, target.Model.Name, isPinned))];
}

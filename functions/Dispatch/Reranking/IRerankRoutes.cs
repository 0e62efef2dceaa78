using Serverless.Functions.Clients;

namespace Serverless.Functions.Dispatch;

/// <summary>The one way to a reranker, as <see cref="IGateway"/> is to the other models.</summary>
public interface IRerankRoutes
{
    /// <summary>Scores documents through an <c>llm/v1/rerank</c> route.</summary>
    /// <param name="documents">1 to 1,000, none of them empty.</param>
    /// <param name="user">The end user that the caller names; null for none.</param>
    /// <exception cref="GatewayException">The route is unknown or of another type, a limit is reached, or the provider failed.</exception>
    Task<RerankBatch> RerankAsync(string route, string query, IReadOnlyList<string> documents, string? user, Caller caller, CancellationToken cancellationToken);
}

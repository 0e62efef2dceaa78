using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Reranking;

/// <summary>What a reranker makes of passages found.</summary>
/// <param name="Chunks">Best first.</param>
/// <param name="Model">The reranker that the scores are of; null where none ranked them.</param>
/// <param name="Best">The score of the first; null where none ranked them.</param>
public sealed record RerankedPassages(IReadOnlyList<FoundChunk> Chunks, string? Model = null, double? Best = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Chunks.Count} passages by {Model ?? "none"}]";
}

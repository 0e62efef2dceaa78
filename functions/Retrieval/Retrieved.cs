using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval;

/// <summary>What a query found.</summary>
/// <param name="Chunks">Best first.</param>
/// <param name="EmbeddingModel">The encoder that the similarities are of; null where none was asked.</param>
/// <param name="LeansOnEarlier">Whether the question makes more sense with the turn before it.</param>
/// <param name="Nearest">The similarity that a relevance floor judges, -1..1: of the nearest passage, and of a question with a subject of its own without the turn before it; null where no encoder was asked.</param>
public sealed record Retrieved(IReadOnlyList<FoundChunk> Chunks, string? EmbeddingModel = null, bool LeansOnEarlier = false, double? Nearest = null)
{
    /// <summary>The reranker that ranked them; null where none was asked, or it failed.</summary>
    public string? RerankModel { get; init; }

    /// <summary>The score that the reranker gave to the best; null where none was asked, or it failed.</summary>
    public double? Relevance { get; init; }

    /// <summary>Whether the question names a code (<see cref="Ranking.NamedCodes"/>) that nothing found by words holds. False where words were not searched.</summary>
    public bool NamesUnknownCode { get; init; }

    /// <summary>Whether the service has no semantic ranker, and hybrid search took its place.</summary>
    public bool IsWithoutSemanticRanker { get; init; }

    /// <summary>The index that was asked; null where none was.</summary>
    public string? Index { get; init; }
}

using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval;

/// <summary>What a query found.</summary>
/// <param name="Chunks">Best first.</param>
/// <param name="EmbeddingModel">The encoder that the similarities are of; null where none was asked.</param>
/// <param name="LeansOnEarlier">Whether the question makes more sense with the turn before it.</param>
public sealed record Retrieved(IReadOnlyList<FoundChunk> Chunks, string? EmbeddingModel = null, bool LeansOnEarlier = false);

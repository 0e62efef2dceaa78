using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.Collections;

/// <summary>A collection as callers see it.</summary>
/// <param name="EmbeddingsRoute">Null: no route applies, so its documents cannot be ingested.</param>
/// <param name="Configured">Whether an operator has set it up; otherwise the app's defaults apply.</param>
public sealed record CollectionView(
    string Collection, string? EmbeddingsRoute, IReadOnlyList<string> Groups, int? ChunkTokens, int? ChunkOverlap, bool Configured, ChunkStrategy? ChunkStrategy = null);

using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Notices;

namespace Serverless.Functions.Ingestion.Collections;

/// <summary>How a collection is ingested and who may read it: blob <c>collections/{name}.json</c> of container <c>config</c>.</summary>
public sealed record CollectionSettings
{
    /// <summary>An <c>llm/v1/embeddings</c> route.</summary>
    public required string EmbeddingsRoute { get; init; }

    /// <summary>Groups whose members may read it; empty: everyone.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Tokens of a chunk, 16..2,048; null: the app's default.</summary>
    public int? ChunkTokens { get; init; }

    /// <summary>Tokens that a chunk may repeat, 0..half of a chunk; null: the app's default.</summary>
    public int? ChunkOverlap { get; init; }

    /// <summary>The client that created it by its first document and may change its documents as an operator may; null: operators only.</summary>
    public string? Owner { get; init; }

    /// <summary>Where its notices go; null: nowhere.</summary>
    public CollectionWebhook? Webhook { get; init; }

    /// <summary>Null: sentences.</summary>
    public ChunkStrategy? ChunkStrategy { get; init; }
}

namespace Serverless.Functions.Ingestion;

/// <summary>Section <c>Ingestion</c>.</summary>
public sealed class IngestionOptions
{
    public const string Section = "Ingestion";

    /// <summary>The embeddings route of collections that have no configuration of their own; null: such documents fail with a reason.</summary>
    public string? DefaultEmbeddingsRoute { get; set; }

    /// <summary>Tokens of a chunk where the collection does not say, 16..2,048.</summary>
    public int ChunkTokens { get; set; } = 160;

    /// <summary>Tokens that a chunk may repeat, 0..ChunkTokens / 2.</summary>
    public int ChunkOverlap { get; set; }

    /// <summary>Chunks that one activity embeds, 1..64.</summary>
    public int EmbedBatch { get; set; } = 32;

    /// <summary>Embedding activities of one document at a time, 1..16.</summary>
    public int EmbedParallelism { get; set; } = 2;

    /// <summary>Bytes of a document, 1..104,857,600.</summary>
    public long MaxDocumentBytes { get; set; } = 20 * 1024 * 1024;
}

using Serverless.Documents;
using Serverless.Functions.Ingestion.Ocr;

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

    /// <summary>
    /// Groups, separated by commas, whose members make a collection by their first document in it, where an operator has made none; <c>*</c>: every client that is in a
    /// group. Null: operators only.
    /// </summary>
    public string? CollectionCreators { get; set; }

    /// <summary>
    /// Containers of the storage account, separated by commas, that whoever may write to a collection may import from; null: operators only. The app reads them with its own identity.
    /// </summary>
    public string? ImportContainers { get; set; }

    /// <summary>Texts that one call of the embeddings route takes, 1..64.</summary>
    public int EmbedBatch { get; set; } = 32;

    /// <summary>Chunks that one activity embeds or writes, 1..1,000.</summary>
    public int ChunksPerStep { get; set; } = 256;

    /// <summary>Bytes up to which a document is brought in by one activity, 0..4,194,304; 0: every document goes step by step.</summary>
    public int WholeDocumentBytes { get; set; } = 256 * 1024;

    /// <summary>Chunks up to which it is, 1..1,000.</summary>
    public int WholeDocumentChunks { get; set; } = 128;

    /// <summary>Documents whose events come together that one orchestration takes up, 1..100; 1: each has its own.</summary>
    public int DocumentsPerBatch { get; set; } = 32;

    /// <summary>Seconds for which an event is held while it is handled, and after which it comes again when its instance has died (<see cref="Hosting.MessageLease"/>): 5..600.</summary>
    public int MessageLeaseSeconds { get; set; } = 60;

    /// <summary>Activities of one document, and calls of one activity, at a time, 1..16.</summary>
    public int EmbedParallelism { get; set; } = 2;

    /// <summary>Bytes of a document, 1..104,857,600.</summary>
    public long MaxDocumentBytes { get; set; } = 20 * 1024 * 1024;

    /// <summary>
    /// When all collections are reconciled: an NCRONTAB expression of six fields, or a time span. The host reads it for the timer; here it is only known.
    /// </summary>
    public string? ReconcileSchedule { get; set; }

    /// <summary>Seconds for which a change is left alone, because its event may be on its way: 0..86,400.</summary>
    public int ReconcileGraceSeconds { get; set; } = 120;

    /// <summary>Minutes of silence after which a document's pass is taken to be lost: 1..10,080.</summary>
    public int ReconcileStuckMinutes { get; set; } = 30;

    public TimeSpan ReconcileStuck => TimeSpan.FromMinutes(ReconcileStuckMinutes);

    /// <summary>Documents that one instance reads at the same time, 1..64.</summary>
    public int ReadParallelism { get; set; } = 2;

    /// <inheritdoc cref="ReadingLimits.MaxTextCharacters"/>
    public int MaxTextCharacters { get; set; } = new ReadingLimits().MaxTextCharacters;

    /// <inheritdoc cref="ReadingLimits.MaxElements"/>
    public int MaxElements { get; set; } = new ReadingLimits().MaxElements;

    /// <inheritdoc cref="ReadingLimits.MaxUnpackedBytes"/>
    public long MaxUnpackedBytes { get; set; } = new ReadingLimits().MaxUnpackedBytes;

    /// <inheritdoc cref="ReadingLimits.MaxUnpackRatio"/>
    public int MaxUnpackRatio { get; set; } = new ReadingLimits().MaxUnpackRatio;

    /// <inheritdoc cref="ReadingLimits.MaxArchiveFiles"/>
    public int MaxArchiveFiles { get; set; } = new ReadingLimits().MaxArchiveFiles;

    /// <inheritdoc cref="ReadingLimits.MaxArchiveDepth"/>
    public int MaxArchiveDepth { get; set; } = new ReadingLimits().MaxArchiveDepth;

    /// <inheritdoc cref="ReadingLimits.MaxPages"/>
    public int MaxPages { get; set; } = new ReadingLimits().MaxPages;

    /// <inheritdoc cref="ReadingLimits.ReadTimeoutSeconds"/>
    public int ReadTimeoutSeconds { get; set; } = new ReadingLimits().ReadTimeoutSeconds;

    /// <summary>Reads scans and pictures, when its endpoint is set.</summary>
    public DocumentIntelligenceOptions DocumentIntelligence { get; set; } = new();

    public ReadingLimits ReadingLimits => new()
    {
        MaxTextCharacters = MaxTextCharacters,
        MaxElements = MaxElements,
        MaxUnpackedBytes = MaxUnpackedBytes,
        MaxUnpackRatio = MaxUnpackRatio,
        MaxArchiveFiles = MaxArchiveFiles,
        MaxArchiveDepth = MaxArchiveDepth,
        MaxPages = MaxPages,
        ReadTimeoutSeconds = ReadTimeoutSeconds,
    };
}

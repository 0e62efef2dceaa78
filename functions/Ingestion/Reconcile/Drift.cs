namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>How a document's blob, status, text and chunks can fail to be of one mind.</summary>
public enum Drift
{
    None,

    /// <summary>A blob that no event told of.</summary>
    Unqueued,

    /// <summary>A blob that has been replaced since its document was ingested, and no event told of it.</summary>
    Outdated,

    /// <summary>Who may see the document was changed after it was ingested, and no event told of it.</summary>
    AccessOutdated,

    /// <summary>A status whose blob has gone.</summary>
    BlobGone,

    /// <summary>An extracted text of no document.</summary>
    TextOrphaned,

    /// <summary>Ready, but the text that its citations point into is gone.</summary>
    TextMissing,

    /// <summary>Ready, but the index holds fewer chunks of it than it has.</summary>
    ChunksMissing,

    /// <summary>Chunks in an index of a document that is not there, that its manifest knows nothing of, or that are more than it has.</summary>
    ChunksOrphaned,

    /// <summary>Failed by the readers of an earlier version of the app: those of this one may read it.</summary>
    FailedBefore,

    /// <summary>Under way for longer than any step takes.</summary>
    Stuck,
}

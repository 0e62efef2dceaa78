namespace Serverless.Functions.Ingestion.State;

/// <summary>Where a document stands.</summary>
public enum DocumentState
{
    /// <summary>An event has been seen and no pass has taken it up.</summary>
    Queued,
    Extracting,
    Chunking,
    Embedding,
    Indexing,

    /// <summary>Its last state can be found and answered from.</summary>
    Ready,

    /// <summary>It cannot be ingested; none of it can be found. The reason stands beside it.</summary>
    Failed,
}

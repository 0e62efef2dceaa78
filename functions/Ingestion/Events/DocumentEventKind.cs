namespace Serverless.Functions.Ingestion.Events;

/// <summary>What a message on queue <c>document-events</c> says.</summary>
public enum DocumentEventKind
{
    Created,
    Deleted,

    /// <summary>Do the document again, embeddings included.</summary>
    Reprocess,

    /// <summary>The settings of the document's collection may have changed: bring it up to date.</summary>
    Refresh,

    /// <summary>Nothing has been heard of the document's pass for long: begin another where that one is lost.</summary>
    Revive,

    /// <summary>Do so for every document of a collection.</summary>
    Collection,
}

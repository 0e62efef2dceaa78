namespace Serverless.Functions.Ingestion.Steps;

/// <summary>What the blob store says must happen to a document.</summary>
public enum PassKind
{
    /// <summary>The index holds this very state: nothing.</summary>
    Nothing,

    /// <summary>An event came while it was decided: decide again.</summary>
    Again,

    /// <summary>The blob is gone: its chunks must go too.</summary>
    Remove,

    Ingest,

    /// <summary>It cannot be ingested, whatever it holds.</summary>
    Reject,
}

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>Where a transfer stands.</summary>
public enum TransferState
{
    Running,

    /// <summary>Of a restore: all of the export is sound, and the collection's documents are being brought into the new generation.</summary>
    Building,
    Completed,
    Failed,

    /// <summary>It was to be cancelled and its step under way has not ended. Shown, never kept.</summary>
    Cancelling,

    /// <summary>It was cancelled. What it had moved by then stays.</summary>
    Cancelled,

    /// <summary>Of a restore: the collection's settings or model have changed meanwhile, and another generation has taken its place.</summary>
    Superseded,
}

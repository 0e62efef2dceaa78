using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>
/// Decides what is drift and what to say to the document's own orchestration about it. Nothing here changes a document: every mending is an event, and the pass that
/// answers it reads the blob store anew, so that a decision that was overtaken does no harm.
/// </summary>
/// <param name="Now">The time of the look.</param>
/// <param name="Grace">What changed less than this ago is left alone: its events may still be on their way, and an index shows what it was told after a while.</param>
/// <param name="Stuck">A pass that has said nothing for this long is taken to be lost.</param>
public sealed record DriftRules(DateTimeOffset Now, TimeSpan Grace, TimeSpan Stuck)
{
    /// <summary>What listings alone tell.</summary>
    public Drift Judge(ListedDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (document.Status is not { } status)
        {
            if (document.Blob is { } unseen) return IsSettled(unseen.LastModified) ? Drift.Unqueued : Drift.None;
            return document.TextAt is { } written && IsSettled(written) ? Drift.TextOrphaned : Drift.None;
        }

        if (!IsSettled(status.UpdatedAt)) return Drift.None;
        if (IsUnderWay(status)) return Now - status.UpdatedAt >= Stuck ? Drift.Stuck : Drift.None;
        if (document.Blob is not { } blob) return Drift.BlobGone;
        if (status.SourceETag?.Trim('"') != blob.ETag) return IsSettled(blob.LastModified) ? Drift.Outdated : Drift.None;
        if (status is { State: DocumentState.Failed, FailedBy: < PassSettings.PipelineVersion }) return Drift.FailedBefore;
        return status.State == DocumentState.Ready && document.TextAt is null ? Drift.TextMissing : Drift.None;
    }

    /// <summary>Whether the index should hold exactly the chunks that a status counts.</summary>
    public bool MayCount(ListedDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return document is { Status: { State: DocumentState.Ready, Signalled: false } status } && IsSettled(status.UpdatedAt) && Judge(document) == Drift.None;
    }

    /// <summary>What chunks in an index tell of their document.</summary>
    /// <param name="hasBlob">Whether its blob is there.</param>
    /// <param name="chunks">How many there are.</param>
    /// <param name="strays">How many of them its manifest knows nothing of.</param>
    public Drift JudgeChunks(bool hasBlob, DocumentStatus? status, int chunks, int strays)
    {
        if (status is null) return hasBlob ? Drift.None : Drift.ChunksOrphaned;
        if (IsUnderWay(status) || !IsSettled(status.UpdatedAt)) return Drift.None;
        return strays > 0 || (status.State == DocumentState.Ready && chunks > status.Chunks) ? Drift.ChunksOrphaned : Drift.None;
    }

    /// <summary>Whether an access file has been changed since a pass looked at it. Storage dates to the second, so one of the same second is taken to be later.</summary>
    public bool IsAccessOutdated(DateTimeOffset sidecar, DocumentStatus? status) =>
        status is not null && !IsUnderWay(status) && sidecar.AddSeconds(1) > status.UpdatedAt && IsSettled(sidecar);

    /// <summary>What to tell a document's orchestration.</summary>
    /// <param name="hasBlob">Whether its blob was there.</param>
    public static DocumentEventKind Mend(Drift drift, bool hasBlob) => drift switch
    {
        Drift.Unqueued or Drift.Outdated => DocumentEventKind.Created,
        Drift.Stuck => DocumentEventKind.Revive,
        Drift.TextMissing or Drift.ChunksMissing => DocumentEventKind.Reprocess,
        Drift.ChunksOrphaned when hasBlob => DocumentEventKind.Reprocess,
        _ => DocumentEventKind.Refresh,
    };

    private bool IsSettled(DateTimeOffset at) => Now - at >= Grace;

    private static bool IsUnderWay(DocumentStatus status) => !status.IsTerminal || status.Signalled;
}

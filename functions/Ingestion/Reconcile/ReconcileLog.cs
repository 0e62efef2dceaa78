using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>What reconciling logs: ids and counts; names never.</summary>
internal static partial class ReconcileLog
{
    [LoggerMessage(4101, LogLevel.Information, "Reconcile {Run}: {Documents} documents with {Chunks} chunks are as they should be.")]
    public static partial void Sound(ILogger logger, string run, int documents, long chunks);

    [LoggerMessage(4102, LogLevel.Warning, "Reconcile {Run}: of {Documents} documents {Unqueued} had not been queued, {Outdated} were outdated, {Gone} had gone, {Missing} missed chunks or text, {Orphaned} were found and not there, {Stuck} were stuck; each is put right.")]
    public static partial void Drifted(ILogger logger, string run, int documents, int unqueued, int outdated, int gone, int missing, int orphaned, int stuck);

    [LoggerMessage(4104, LogLevel.Error, "Reconcile {Run}: {Collections} collections have damaged settings or generations and were passed over; GET /collections names them.")]
    public static partial void Damaged(ILogger logger, string run, int collections);

    [LoggerMessage(4105, LogLevel.Error, "Reconcile {Run} was begun and has done nothing for long: what Durable kept of it is lost, and another is begun.")]
    public static partial void Lost(ILogger logger, string run);

    [LoggerMessage(4103, LogLevel.Error, "Reconcile {Run} failed: {Reason}")]
    public static partial void Failed(ILogger logger, string run, string reason);
}

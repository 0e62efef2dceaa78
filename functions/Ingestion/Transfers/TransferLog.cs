using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>What transfers log: ids and codes; names of documents, blobs and containers never.</summary>
internal static partial class TransferLog
{
    [LoggerMessage(4301, LogLevel.Information, "{Kind} {Id} has ended.")]
    public static partial void Ended(ILogger logger, TransferKind kind, string id);

    [LoggerMessage(4303, LogLevel.Information, "{Kind} {Id} was cancelled.")]
    public static partial void Cancelled(ILogger logger, TransferKind kind, string id);

    [LoggerMessage(4302, LogLevel.Error, "{Kind} {Id} failed: {Code}.")]
    public static partial void Failed(ILogger logger, TransferKind kind, string id, string code);
}

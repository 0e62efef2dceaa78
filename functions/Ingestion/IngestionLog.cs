using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Ingestion;

/// <summary>What ingestion logs: keys, counts and reasons; names of documents and their content never.</summary>
internal static partial class IngestionLog
{
    [LoggerMessage(4001, LogLevel.Information, "Document {Key}: {Kind} seen, orchestration {Action}.")]
    public static partial void Signalled(ILogger logger, string key, string kind, string action);

    [LoggerMessage(4002, LogLevel.Warning, "A message on document-events is no event and is dropped [{Length} chars].")]
    public static partial void NotAnEvent(ILogger logger, int length);

    [LoggerMessage(4003, LogLevel.Warning, "An event names a blob that cannot be addressed and is dropped: {Reason}.")]
    public static partial void NotStorable(ILogger logger, string reason);

    [LoggerMessage(4004, LogLevel.Warning, "{Step}: document {Key} is rejected.")]
    public static partial void Rejected(ILogger logger, string step, string key);

    [LoggerMessage(4005, LogLevel.Warning, "{Step}: document {Key}: {Reason}")]
    public static partial void StepFailed(ILogger logger, string step, string key, string reason);

    [LoggerMessage(4006, LogLevel.Information, "Document {Key}: {Chunks} chunks, {NewChunks} of them new.")]
    public static partial void Chunked(ILogger logger, string key, int chunks, int newChunks);

    [LoggerMessage(4007, LogLevel.Information, "Document {Key}: {State}.")]
    public static partial void Ended(ILogger logger, string key, string state);

    [LoggerMessage(4008, LogLevel.Error, "An event of document {Key} could not be handled in five tries.")]
    public static partial void Poisoned(ILogger logger, string key);

    [LoggerMessage(4009, LogLevel.Information, "Collection refresh: {Count} documents signalled.")]
    public static partial void CollectionRefreshed(ILogger logger, int count);

    [LoggerMessage(4010, LogLevel.Warning, "Document {Key} could not be brought into the generation that is being built; the one that serves keeps it.")]
    public static partial void BuildFailed(ILogger logger, string key);

    [LoggerMessage(4011, LogLevel.Information, "Questions are answered from generation {Number}: {Documents} documents.")]
    public static partial void Switched(ILogger logger, int number, int documents);
}

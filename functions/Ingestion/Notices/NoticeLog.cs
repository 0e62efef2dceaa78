using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>What telling logs: ids, types and statuses.</summary>
internal static partial class NoticeLog
{
    [LoggerMessage(4201, LogLevel.Warning, "Notice {Id} ({Type}): the webhook answered {Status}; it is told again later.")]
    public static partial void Refused(ILogger logger, string id, string type, int status);

    [LoggerMessage(4202, LogLevel.Warning, "Notice {Id} ({Type}): the webhook is gone (410), or may no longer be called; it is not told again.")]
    public static partial void Dropped(ILogger logger, string id, string type);

    [LoggerMessage(4203, LogLevel.Warning, "Notice {Id} ({Type}): Event Grid answered {Status}; it is told again later.")]
    public static partial void EventRefused(ILogger logger, string id, string type, int status);

    [LoggerMessage(4204, LogLevel.Warning, "A message on document-notices is no notice and is dropped [{Length} chars].")]
    public static partial void NotANotice(ILogger logger, int length);
}

using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting;

/// <summary>The host's log lines: names, counts and durations, never what a function was given or returned. Event ids 1000-1099.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(1000, LogLevel.Debug, "Function '{Function}' ({InvocationId}) succeeded in {Milliseconds} ms")]
    public static partial void Succeeded(this ILogger logger, string function, string invocationId, long milliseconds);

    [LoggerMessage(1001, LogLevel.Error, "Function '{Function}' ({InvocationId}) failed: {Failure}")]
    public static partial void Failed(this ILogger logger, string function, string invocationId, string failure);

    [LoggerMessage(1002, LogLevel.Error, "The request {Method} to function '{Function}' failed: {Failure}")]
    public static partial void RequestFailed(this ILogger logger, string method, string function, string failure);

    [LoggerMessage(1010, LogLevel.Warning, "Queue '{Queue}' cannot be read ({Failure}); trying again in {Milliseconds} ms")]
    public static partial void QueueUnavailable(this ILogger logger, string queue, string failure, long milliseconds);

    [LoggerMessage(1011, LogLevel.Warning, "Message {MessageId} of queue '{Queue}' failed for the {Count}th time and moves to '{Poison}'")]
    public static partial void Poisoned(this ILogger logger, string messageId, string queue, long count, string poison);

    [LoggerMessage(1012, LogLevel.Warning, "Message {MessageId} of queue '{Queue}' could not be kept invisible: {Failure}")]
    public static partial void RenewalFailed(this ILogger logger, string messageId, string queue, string failure);

    [LoggerMessage(1013, LogLevel.Warning, "Message {MessageId} of queue '{Queue}' could not be settled: {Failure}")]
    public static partial void SettlingFailed(this ILogger logger, string messageId, string queue, string failure);

    [LoggerMessage(1020, LogLevel.Warning, "The state of timer '{Function}' could not be written: {Failure}")]
    public static partial void TimerStateUnwritten(this ILogger logger, string function, string failure);

    [LoggerMessage(1021, LogLevel.Warning, "The state of timer '{Function}' could not be read and is started anew: {Failure}")]
    public static partial void TimerStateUnread(this ILogger logger, string function, string failure);
}

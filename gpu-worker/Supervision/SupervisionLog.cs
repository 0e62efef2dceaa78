namespace Serverless.GpuWorker.Supervision;

/// <summary>What is logged of children. A child's own lines hold what any log of the worker may: names, numbers and places.</summary>
internal static partial class SupervisionLog
{
    [LoggerMessage(1200, LogLevel.Information, "{Child} started as process {ProcessId}")]
    public static partial void Started(ILogger logger, string child, int processId);

    [LoggerMessage(1201, LogLevel.Information, "[{Child}] {Line}")]
    public static partial void Said(ILogger logger, string child, string line);

    [LoggerMessage(1202, LogLevel.Warning, "{Child} {Reason} after {Seconds:F1} s of service (its last line: {LastLine}); it is started again in {PauseMilliseconds:F0} ms")]
    public static partial void Restarting(ILogger logger, string child, string reason, double seconds, string lastLine, double pauseMilliseconds);

    [LoggerMessage(1203, LogLevel.Critical, "{Child} {Reason} (its last line: {LastLine}): crash {Crashes} within {WindowSeconds} s of service, and it is not started again")]
    public static partial void GivenUp(ILogger logger, string child, string reason, string lastLine, int crashes, double windowSeconds);

    [LoggerMessage(1204, LogLevel.Warning, "{Child} is killed: {Reason}")]
    public static partial void Killed(ILogger logger, string child, string reason);

    [LoggerMessage(1205, LogLevel.Warning, "{Requests} requests were inside {Child} when it ended; they are taken up again where they were")]
    public static partial void Replaying(ILogger logger, int requests, string child);

    [LoggerMessage(1206, LogLevel.Error, "A request of {PromptTokens} prompt tokens has ended {Child} {Crashes} times in a row, the last time alone: it is failed")]
    public static partial void Poison(ILogger logger, int promptTokens, string child, int crashes);

    [LoggerMessage(1207, LogLevel.Information, "{Child} is ready after {Seconds:F1} s")]
    public static partial void Ready(ILogger logger, string child, double seconds);
}

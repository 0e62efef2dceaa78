using Microsoft.Extensions.Logging;

namespace Serverless.Local.Processes;

/// <summary>Supervision's log lines. Event ids 1100-1119.</summary>
internal static partial class ProcessLog
{
    [LoggerMessage(1100, LogLevel.Information, "{Name} started (pid {Pid})")]
    public static partial void Started(this ILogger logger, string name, int pid);

    [LoggerMessage(1101, LogLevel.Information, "{Name} is ready")]
    public static partial void Ready(this ILogger logger, string name);

    [LoggerMessage(1102, LogLevel.Warning, "{Name} {Reason}; it is started again after {Milliseconds} ms")]
    public static partial void Restarting(this ILogger logger, string name, string reason, long milliseconds);

    [LoggerMessage(1103, LogLevel.Error, "{Name} {Reason}; after {Crashes} crashes in a row it is not started again ({Said}); the rest goes on without it")]
    public static partial void GivenUp(this ILogger logger, string name, string reason, int crashes, string said);

    [LoggerMessage(1104, LogLevel.Error, "{Name} cannot be started: {Said}")]
    public static partial void Refused(this ILogger logger, string name, string said);
}

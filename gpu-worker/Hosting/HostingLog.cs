namespace Serverless.GpuWorker.Hosting;

/// <summary>The process's log lines. They hold names, counts and reasons, never content.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(1000, LogLevel.Information, "Listening on {Urls}")]
    public static partial void Listening(ILogger logger, string urls);

    [LoggerMessage(1001, LogLevel.Information, "Serving {Models} after {Seconds:F1} s of loading")]
    public static partial void Serving(ILogger logger, string models, double seconds);

    [LoggerMessage(1002, LogLevel.Critical, "The models could not be loaded: {ExceptionType}: {Reason}")]
    public static partial void LoadFailed(ILogger logger, string exceptionType, string reason);

    [LoggerMessage(1003, LogLevel.Critical, "The engine is {Status}; the process ends, for its supervisor to start it anew")]
    public static partial void EngineDead(ILogger logger, string status);

    [LoggerMessage(1004, LogLevel.Information, "Draining {InFlight} requests for up to {Seconds} s")]
    public static partial void Draining(ILogger logger, int inFlight, double seconds);

    [LoggerMessage(1005, LogLevel.Warning, "{InFlight} requests were still in flight when the drain's time was over; they are given up")]
    public static partial void DrainOver(ILogger logger, int inFlight);

    [LoggerMessage(1006, LogLevel.Information, "The parent process has gone; shutting down")]
    public static partial void ParentGone(ILogger logger);
}

namespace Serverless.FunctionsHost.Worker;

internal static partial class WorkerLog
{
    [LoggerMessage(1, LogLevel.Information, "Worker {ProcessId} is ready with {Functions} functions")]
    public static partial void WorkerReady(this ILogger logger, int processId, int functions);

    [LoggerMessage(2, LogLevel.Warning, "The worker exited with code {ExitCode}; it is started again")]
    public static partial void WorkerExited(this ILogger logger, int exitCode);

    /// <summary>What the worker prints itself: the runtime's words about a crash, which hold no content of requests.</summary>
    [LoggerMessage(3, LogLevel.Debug, "worker: {Line}")]
    public static partial void WorkerOutput(this ILogger logger, string line);
}

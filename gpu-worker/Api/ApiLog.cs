namespace Serverless.GpuWorker.Api;

/// <summary>The API's log lines. They hold sizes, types and places, never content.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(1100, LogLevel.Error, "A request failed unexpectedly with {ExceptionType} at {StackTrace}")]
    public static partial void Unexpected(ILogger logger, string exceptionType, string stackTrace);

    [LoggerMessage(1101, LogLevel.Warning, "A request by which the worker warms up failed with {ExceptionType}; it serves all the same")]
    public static partial void WarmUpFailed(ILogger logger, string exceptionType);
}

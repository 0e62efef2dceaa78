namespace Serverless.GpuWorker.Scheduling;

/// <summary>The queue is full: the request was refused before any work.</summary>
public sealed class EngineOverloadedException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}

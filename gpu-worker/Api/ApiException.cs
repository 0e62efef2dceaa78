using Serverless.Contracts;

namespace Serverless.GpuWorker.Api;

/// <summary>A request that is answered with an error. The message names the field and what is permitted, and never quotes content.</summary>
public sealed class ApiException(int status, ErrorDetail error, TimeSpan? retryAfter = null) : Exception(error.Message)
{
    public int Status { get; } = status;

    public ErrorDetail Error { get; } = error;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}

namespace Serverless.GpuWorker.Api.Clients;

/// <summary>Why a client's request was refused.</summary>
/// <param name="Permitted">What the limit permits.</param>
internal readonly record struct ClientRefusal(ClientLimit Limit, int Permitted, TimeSpan RetryAfter)
{
    public ApiException ToException() => new(
        StatusCodes.Status429TooManyRequests,
        new Contracts.ErrorDetail(
            Limit == ClientLimit.Concurrency ? "client_concurrency_exceeded" : "client_rate_exceeded",
            Limit == ClientLimit.Concurrency
                ? $"Worker:MaxClientConcurrency permits a client {Permitted} requests at once."
                : $"Worker:MaxClientRequestsPerMinute permits a client {Permitted} requests a minute; try again after the time that Retry-After gives.",
            "rate_limit_error"),
        RetryAfter);
}

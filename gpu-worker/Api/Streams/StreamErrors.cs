using Serverless.Contracts;

namespace Serverless.GpuWorker.Api.Streams;

/// <summary>What the requests that start and stop streams are refused with.</summary>
internal static class StreamErrors
{
    public static ApiException TooMany(int most) => new(
        StatusCodes.Status429TooManyRequests,
        new ErrorDetail("too_many_streams", $"This worker already pushes {most} streams.", "rate_limit_error", "stream_to"),
        TimeSpan.FromSeconds(1));

    public static ApiException Exists() => new(
        StatusCodes.Status409Conflict,
        new ErrorDetail("stream_exists", "stream_to.stream_id must be one that no running stream has.", "invalid_request_error", "stream_to.stream_id"));

    public static ApiException NotFound() => new(
        StatusCodes.Status404NotFound,
        new ErrorDetail("stream_not_found", "There is no such stream.", "not_found_error", "stream_id"));

    public static ApiException NotConfigured() => ApiErrors.Unsupported("stream_to", "stream_to is not supported by this worker: its setting Worker:SignalR is not set.");
}

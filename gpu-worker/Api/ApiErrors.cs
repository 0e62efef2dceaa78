using Serverless.Contracts;

namespace Serverless.GpuWorker.Api;

/// <summary>Every error that the API answers with, in OpenAI's words.</summary>
internal static class ApiErrors
{
    public const string EncodingCode = "unsupported_content_encoding", ShuttingDownCode = "shutting_down";

    private const string InvalidRequest = "invalid_request_error";

    public static ApiException Invalid(string? param, string message, string code = "invalid_value") =>
        new(StatusCodes.Status400BadRequest, new ErrorDetail(code, message, InvalidRequest, param));

    public static ApiException Unsupported(string param, string message) => Invalid(param, message, "unsupported_parameter");

    public static ApiException MalformedJson() => Invalid(null, $"The request body is not valid JSON, or has more than {WireJson.Requests.MaxDepth} levels within each other.", "malformed_json");

    public static ApiException InvalidUnicode() => Invalid(null, "A string of the request body is not valid Unicode.", "invalid_unicode");

    public static ApiException NotJson() => new(
        StatusCodes.Status415UnsupportedMediaType,
        new ErrorDetail("unsupported_media_type", "The request's Content-Type must be application/json.", InvalidRequest));

    public static ApiException UnknownEncoding() => new(
        StatusCodes.Status415UnsupportedMediaType,
        new ErrorDetail(EncodingCode, "The request body may be compressed by gzip, deflate or br only.", InvalidRequest));

    public static ApiException MalformedEncoding() => Invalid("body", "The request body is not compressed as Content-Encoding says.", "malformed_body");

    public static ApiException TooLarge() => new(
        StatusCodes.Status413PayloadTooLarge,
        new ErrorDetail("body_too_large", $"The request body must be at most {ApiLimits.BodyBytes} bytes.", InvalidRequest));

    public static ApiException Unauthorized() => new(
        StatusCodes.Status401Unauthorized,
        new ErrorDetail("invalid_api_key", "A valid key is required: Authorization: Bearer <key>.", "authentication_error"));

    public static ApiException UnknownModel(IReadOnlyCollection<string> served) => new(
        StatusCodes.Status404NotFound,
        new ErrorDetail("model_not_found", served.Count == 0 ? "This worker serves no model for this endpoint." : $"model must be one of: {string.Join(", ", served)}.", "not_found_error", "model"));

    public static ApiException ContextLengthExceeded(string param, int contextLength, int promptTokens, int? maxTokens)
    {
        var message = maxTokens is null
            ? $"The model's context holds {contextLength} tokens, of which at least one is for the answer; the prompt has {promptTokens}."
            : $"The model's context holds {contextLength} tokens; {promptTokens + (long)maxTokens} were asked for ({promptTokens} in the prompt, {maxTokens} for the answer).";
        return Invalid(param, message, "context_length_exceeded");
    }

    public static ApiException NotFound() => new(
        StatusCodes.Status404NotFound,
        new ErrorDetail("not_found", "There is nothing at this path.", "not_found_error"));

    public static ApiException MethodNotAllowed() => new(
        StatusCodes.Status405MethodNotAllowed,
        new ErrorDetail("method_not_allowed", "This path does not take this method.", InvalidRequest));

    public static ApiException Overloaded(TimeSpan retryAfter) => new(
        StatusCodes.Status429TooManyRequests,
        new ErrorDetail("overloaded", "The queue is full; nothing was done. Try again after the time that Retry-After gives.", "rate_limit_error"),
        retryAfter);

    public static ApiException DeadlineExceeded() => new(
        StatusCodes.Status504GatewayTimeout,
        new ErrorDetail("deadline_exceeded", "The time that timeout_seconds gives passed before the answer was complete.", "server_error", "timeout_seconds"));

    public static ApiException EngineFailed() => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail("engine_failed", "The engine could not go on with the request, which may be tried again.", "server_error"),
        TimeSpan.FromSeconds(1));

    public static ApiException Loading() => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail("model_loading", "The models are still being loaded.", "server_error"),
        TimeSpan.FromSeconds(5));

    public static ApiException ShuttingDown() => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail(ShuttingDownCode, "This worker is shutting down; try another, or again.", "server_error"),
        TimeSpan.FromSeconds(1));

    public static ApiException Internal() => new(
        StatusCodes.Status500InternalServerError,
        new ErrorDetail("internal_error", "The worker failed to handle the request.", "server_error"));
}

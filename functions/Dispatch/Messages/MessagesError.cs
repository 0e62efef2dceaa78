using Microsoft.AspNetCore.Http;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>Errors as clients of Anthropic's read them: what <see cref="ErrorBody"/> holds, with <c>type: error</c> beside it and the families by Anthropic's names.</summary>
internal static class MessagesError
{
    public const string VersionHeader = "anthropic-version";
    public const string Route = "v1/messages";
    public const string CountRoute = Route + "/count_tokens";
    public const string BatchRoute = Route + "/batches";

    /// <summary>An error's body as whoever asks reads it.</summary>
    public static ErrorBody For(HttpRequest request, int status, ErrorDetail error) =>
        IsAnthropics(request) || request.Path.StartsWithSegments("/" + Route, StringComparison.OrdinalIgnoreCase) ? Of(status, error) : new ErrorBody(error);

    /// <summary>Whether a request is from a client of Anthropic's, which sends the version of the API on every path.</summary>
    public static bool IsAnthropics(HttpRequest request) => request.Headers.ContainsKey(VersionHeader);

    public static ErrorBody Of(int status, ErrorDetail error) => new(error with { Type = TypeOf(status) }) { Type = "error" };

    /// <summary>In a stream, whose status was 200: by the family that the error has in OpenAI's words.</summary>
    public static ErrorBody InStream(ErrorDetail error) => Of(
        error.Type switch
        {
            "invalid_request_error" => StatusCodes.Status400BadRequest,
            "rate_limit_error" or "insufficient_quota" => StatusCodes.Status429TooManyRequests,
            _ => error.Code switch { "upstream_unavailable" => StatusCodes.Status503ServiceUnavailable, "upstream_timeout" => StatusCodes.Status504GatewayTimeout, _ => StatusCodes.Status502BadGateway },
        },
        error);

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        StatusCodes.Status503ServiceUnavailable => "overloaded_error",
        StatusCodes.Status504GatewayTimeout => "timeout_error",
        < 500 => "invalid_request_error",
        _ => "api_error",
    };
}

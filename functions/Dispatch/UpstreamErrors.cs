using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>What a provider's failure is to whoever asked, and whether it is worth another try.</summary>
internal static class UpstreamErrors
{
    /// <summary>The code of a target whose account has nothing left.</summary>
    public const string InsufficientQuota = "insufficient_quota";

    /// <remarks>
    /// 424 is Bedrock's and text-generation-inference's word for a model that failed, 498 Groq's for a tier without capacity, 499 Google's for a request that it gave up.
    /// 520 to 524 are Cloudflare's, before many a provider: the provider behind it failed, or was not reached in time. 529 is Anthropic's.
    /// </remarks>
    public static bool IsWorthRetrying(UpstreamException failure) =>
        failure.Failure == UpstreamFailure.Connection
        || (failure.Failure == UpstreamFailure.Status && failure.Status is 408 or 424 or 429 or 498 or 499 or 500 or 502 or 503 or 504 or (>= 520 and <= 524) or 529 && !IsOutOfMoney(failure));

    /// <summary>Whether the account behind the route's credential has nothing left, which no wait mends: OpenAI says it by a 429, DeepSeek by 402, Anthropic by a 400.</summary>
    private static bool IsOutOfMoney(UpstreamException failure) => failure.Status == 402 || (failure.Status is 400 or 403 or 429 && failure.Code is InsufficientQuota or "billing_hard_limit_reached");

    /// <summary>Whether a service that fails so may be starting anew.</summary>
    public static bool IsRestarting(UpstreamException failure) => failure.Failure == UpstreamFailure.Connection || (failure.Failure == UpstreamFailure.Status && failure.Status == 503);

    /// <summary>Whether another target of the route may answer what this one did not: its fault, its quota, its context's length.</summary>
    public static bool IsWorthAnotherTarget(GatewayException failure) => failure.Error.Code.StartsWith("upstream_", StringComparison.Ordinal)
        ? failure.Error.Code != "upstream_refused"
        : failure.Error.Code is ErrorWords.ContextLengthExceeded or InsufficientQuota;

    /// <summary>Whether a failure is the target's own fault, and counts against it.</summary>
    public static bool IsFault(GatewayException failure) =>
        failure.Error.Code is "upstream_timeout" or "upstream_unreachable" or "upstream_invalid_response" or "upstream_unavailable" or "upstream_error";

    /// <summary>Whether a stream that ended so may go on elsewhere, or with the same provider once it is back.</summary>
    public static bool IsWorthResuming(UpstreamException failure) => failure.Failure == UpstreamFailure.Timeout || IsWorthRetrying(failure);

    /// <remarks>Google and xAI say it by a 400.</remarks>
    public static bool IsAuthentication(UpstreamException failure) => failure.Failure == UpstreamFailure.Status && (failure.Status is 401 or 403 || (failure.Status == 400 && failure.Code == ErrorWords.InvalidApiKey));

    public static GatewayException NoCredential() => Error(502, "upstream_authentication", "The vault holds no credential of the route, or one that no header can carry; an operator stores one with PATCH.");

    public static GatewayException ToGateway(UpstreamException failure) => failure.Failure switch
    {
        UpstreamFailure.Timeout => Error(504, "upstream_timeout", "The provider did not answer in time."),
        UpstreamFailure.Connection => Error(502, "upstream_unreachable", "The provider could not be reached, or broke off."),
        UpstreamFailure.InvalidResponse => Error(502, "upstream_invalid_response", "The provider's answer could not be understood."),
        UpstreamFailure.TooLong => new GatewayException(
            StatusCodes.Status422UnprocessableEntity,
            new ErrorDetail("context_length_exceeded", $"The prompt, or 'max_tokens', is more than the provider's limit{Counts(failure)}.", "invalid_request_error", "max_tokens"))
        {
            Counts = failure.Counts,
        },
        _ => OfStatus(failure),
    };

    private static GatewayException OfStatus(UpstreamException failure) => failure.Status switch
    {
        _ when IsOutOfMoney(failure) => Error(429, InsufficientQuota, "The provider's account behind the route has no quota left.", type: InsufficientQuota),
        _ when IsAuthentication(failure) => Error(502, "upstream_authentication", "The provider refused the route's credential."),
        404 => Error(502, "upstream_model_not_found", "The provider does not know the route's model."),
        413 when failure.Code != ErrorWords.ContextLengthExceeded => new GatewayException(
            StatusCodes.Status413PayloadTooLarge,
            new ErrorDetail("body_too_large", $"The request is larger than the route's provider takes{Counts(failure)}.", "invalid_request_error", "body")),
        400 or 413 or 422 => Refusal(failure),
        429 => Error(429, "upstream_rate_limited", "The provider's own limit is reached; try again later.", failure.RetryAfter ?? TimeSpan.FromSeconds(1), "rate_limit_error"),
        498 or 503 or 529 => Error(503, "upstream_unavailable", "The provider cannot take the request now; try again later.", failure.RetryAfter ?? TimeSpan.FromSeconds(1)),
        504 or 408 or 522 or 524 => Error(504, "upstream_timeout", "The provider did not answer in time."),
        _ => Error(502, "upstream_error", "The provider failed."),
    };

    private static GatewayException Refusal(UpstreamException failure)
    {
        var code = failure.Code ?? "upstream_refused";
        if (code == ErrorWords.ContextLengthExceeded)
        {
            return new GatewayException(
                StatusCodes.Status400BadRequest,
                new ErrorDetail(code, $"Prompt and 'max_tokens' are more than the model's context{Counts(failure)}.", "invalid_request_error", failure.Param))
            {
                Counts = failure.Counts,
            };
        }

        var about = failure.Param is { } param ? $" because of '{param}'" : "";
        var message = failure.Explanation ?? $"The provider refused the request{about} ({code}).";
        return new GatewayException(StatusCodes.Status400BadRequest, new ErrorDetail(code, message, "invalid_request_error", failure.Param));
    }

    private static string Counts(UpstreamException failure) => failure.Counts.Count == 0 ? "" : $"; the provider counts: {string.Join(", ", failure.Counts)}";

    private static GatewayException Error(int status, string code, string message, TimeSpan? retryAfter = null, string type = "upstream_error") =>
        new(status, new ErrorDetail(code, message, type), retryAfter);
}

using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>What a write waits for (RFC 9110, section 13.1): storage asks it of the blob in the same step.</summary>
internal static class RequestPrecondition
{
    /// <summary>The headers <c>If-Match</c> (an ETag, or <c>*</c> for whatever is there) and <c>If-None-Match</c> (<c>*</c> for nothing there, or an ETag); null where there is neither.</summary>
    /// <exception cref="GatewayException">400: several ETags, or none that is one.</exception>
    public static BlobRequestConditions? Precondition(this HttpRequest request)
    {
        var (match, noneMatch) = (Tag(request.Headers.IfMatch, "if-match"), Tag(request.Headers.IfNoneMatch, "if-none-match"));
        return match is null && noneMatch is null ? null : new BlobRequestConditions { IfMatch = match, IfNoneMatch = noneMatch };
    }

    /// <summary>412, as a write is answered whose precondition does not hold.</summary>
    public static GatewayException Failed(HttpRequest request) => new(
        StatusCodes.Status412PreconditionFailed,
        new ErrorDetail("precondition_failed", "The document is not as the request's precondition wants it: it was changed, or there is one already, or none.", "invalid_request_error", request.Headers.IfMatch.Count > 0 ? "if-match" : "if-none-match"));

    private static ETag? Tag(Microsoft.Extensions.Primitives.StringValues given, string name)
    {
        var text = given.ToString().Trim();
        if (text.Length == 0) return null;
        if (text == "*") return ETag.All;
        // A weak one never matches a strong comparison, which If-Match is.
        if (text is ['"', .., '"'] && text.AsSpan(1..^1).IndexOfAny('"', ',') < 0) return new ETag(text);
        throw GatewayException.Invalid(name, $"The header '{name}' may be one ETag in quotation marks, or *.");
    }
}

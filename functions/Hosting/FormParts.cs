using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>The parts of a form with files (multipart/form-data, RFC 7578), one after the other as they come.</summary>
internal static class FormParts
{
    private const int MaxBoundary = 70;

    /// <exception cref="GatewayException">400 or 415: the body is no such form.</exception>
    public static MultipartReader Of(HttpRequest request) =>
        new(BoundaryOf(request.ContentType), request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 16 * 1024, BodyLengthLimit = null };

    /// <summary>The file's name that a part says; null where it says none, and so is a field.</summary>
    public static string? FileNameOf(ContentDispositionHeaderValue disposition)
    {
        // filename* is UTF-8 by its own rules; browsers send UTF-8 in filename too.
        if (disposition.FileNameStar.HasValue) return disposition.FileNameStar.Value is { Length: > 0 } encoded ? encoded : null;
        // A quotation mark is escaped (RFC 9110, section 5.6.4); a backslash before anything else is a path's, as old browsers send it.
        return HeaderUtilities.RemoveQuotes(disposition.FileName).Value is { Length: > 0 } name ? name.Replace("\\\"", "\"", StringComparison.Ordinal) : null;
    }

    private static string BoundaryOf(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            throw new GatewayException(StatusCodes.Status415UnsupportedMediaType, new ErrorDetail("unsupported_media_type", "The body must be multipart/form-data.", "invalid_request_error", "content-type"));
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= MaxBoundary ? boundary : throw GatewayException.Invalid("content-type", $"The header 'Content-Type' needs a boundary of 1 to {MaxBoundary} characters.");
    }
}

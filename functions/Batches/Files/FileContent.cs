using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Serverless.Functions.Batches.Files;

/// <summary>A file's bytes as they lie in storage, or a part of them. A browser must not show them: they are what somebody's model said.</summary>
/// <param name="content">Of the part.</param>
/// <param name="bytes">Of all of the file.</param>
/// <param name="range">Null for all of it.</param>
internal sealed class FileContent(Stream content, long bytes, FileRange? range, string etag, string contentType) : IActionResult
{
    public async Task ExecuteResultAsync(ActionContext context)
    {
        var response = context.HttpContext.Response;
        response.ContentType = contentType;
        response.ContentLength = range?.Length ?? bytes;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = etag;
        if (range is { } part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.From}-{part.From + part.Length - 1}/{bytes}");
        }

        await using (content)
        {
            if (!HttpMethods.IsHead(context.HttpContext.Request.Method)) await content.CopyToAsync(response.Body, context.HttpContext.RequestAborted);
        }
    }
}

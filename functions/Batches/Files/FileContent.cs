using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Serverless.Functions.Batches.Files;

/// <summary>A file's bytes as they lie in storage. A browser must not show them: they are what somebody's model said.</summary>
internal sealed class FileContent(Stream content, long bytes, string contentType) : IActionResult
{
    public async Task ExecuteResultAsync(ActionContext context)
    {
        var response = context.HttpContext.Response;
        response.ContentType = contentType;
        response.ContentLength = bytes;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        await using (content)
        {
            if (!HttpMethods.IsHead(context.HttpContext.Request.Method)) await content.CopyToAsync(response.Body, context.HttpContext.RequestAborted);
        }
    }
}

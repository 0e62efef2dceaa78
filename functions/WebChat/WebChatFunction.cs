using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.WebChat;

/// <summary>
/// <c>GET /web-chat/</c>: the page of samples/web-chat as it is deployed, at the gateway's own address, so that no other origin has to be let in. Its files are
/// for anybody; whoever uses it shows a key or signs in. The host looks at functions by their names: the one that takes every file comes last.
/// </summary>
public sealed class WebChatFunction(WebChatFiles files, WebChatOptions options)
{
    private const string Route = "web-chat";
    private const string Base = $"/{Route}/";

    // The page's own policy is in its markup, where frame-ancestors has no effect.
    private const string Policy = "frame-ancestors 'none'";

    [Function("WebChatSite")]
    public async Task<IActionResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{*file}")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (response, path) = (request.HttpContext.Response, request.Path.Value!);
        if (!options.Enabled) return WrongPathFunction.NotThere(request);
        if (path.Length <= Base.Length)
        {
            if (path.EndsWith('/')) return await SendAsync(request, files.Find(WebChatFiles.Index)).ConfigureAwait(false);
            // The page names its files beside itself. To its own name, and not to the path with a slash, which a forwarder on the way may take away again.
            response.Headers.Location = Base + WebChatFiles.Index;
            response.StatusCode = StatusCodes.Status308PermanentRedirect;
            return new EmptyResult();
        }

        return await SendAsync(request, files.Find(path[Base.Length..])).ConfigureAwait(false);
    }

    [Function("WebChatSettings")]
    public IActionResult Settings([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/settings.json")] HttpRequest request) =>
        options.Enabled ? new JsonAnswer(new WebChatSettings(options.SignIn)) : WrongPathFunction.NotThere(request);

    private static async Task<IActionResult> SendAsync(HttpRequest request, WebChatFile? found)
    {
        if (found is null) return WrongPathFunction.NotThere(request);
        var response = request.HttpContext.Response;
        var headers = response.Headers;
        headers.ETag = found.ETag;
        // Asked for anew each time, by its ETag: a page must not run with some files of another version.
        headers.CacheControl = "no-cache";
        headers.Vary = HeaderNames.AcceptEncoding;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        if (IsKnown(request.Headers.IfNoneMatch, found.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return new EmptyResult();
        }

        var isPacked = request.TakesGzip();
        if (isPacked) headers.ContentEncoding = "gzip";
        var body = isPacked ? found.Packed : found.Plain;
        response.ContentType = found.ContentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(request.Method)) await response.Body.WriteAsync(body, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new EmptyResult();
    }

    private static bool IsKnown(StringValues sent, string etag) =>
        EntityTagHeaderValue.TryParseList(sent, out var tags) && tags.Any(t => t == EntityTagHeaderValue.Any || t.Compare(new EntityTagHeaderValue(etag), useStrongComparison: false));
}

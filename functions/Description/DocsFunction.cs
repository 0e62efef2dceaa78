using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Scalar.AspNetCore;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Description;

/// <summary><c>GET /docs</c>: the API's description to be browsed, by Scalar. Its script comes out of Scalar's package, and the page asks no other host for anything.</summary>
public sealed class DocsFunction
{
    /// <summary>In Scalar's assembly, compressed by gzip.</summary>
    private const string Script = "ScalarStaticAssets.scalar.js";

    // Without Scalar's own fonts, agent, proxy and usage figures, which would be asked of its makers' hosts.
    private const string Page = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Serverless: API</title></head>
        <body>
        <div id="app"></div>
        <script src="/docs/scalar.js"></script>
        <script>Scalar.createApiReference('#app', { url: '/openapi.json', withDefaultFonts: false, telemetry: false, agent: { disabled: true }, mcp: { disabled: true }, showDeveloperTools: 'never', proxyUrl: '' })</script>
        </body>
        </html>
        """;

    private const string Policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";

    private static readonly byte[] PageBytes = Encoding.UTF8.GetBytes(Page);

    [Function("Docs")]
    public async Task<IActionResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequest request)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = PageBytes.Length;
        response.Headers.ContentSecurityPolicy = Policy;
        await response.Body.WriteAsync(PageBytes, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new EmptyResult();
    }

    [Function("DocsScript")]
    public async Task<IActionResult> ScriptAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/scalar.js")] HttpRequest request)
    {
        var (response, stop) = (request.HttpContext.Response, request.HttpContext.RequestAborted);
        var script = typeof(ScalarOptions).Assembly.GetManifestResourceStream(Script) ?? throw new InvalidOperationException($"Scalar's assembly has no resource '{Script}'.");
        await using (script.ConfigureAwait(false))
        {
            response.ContentType = "text/javascript; charset=utf-8";
            response.Headers.CacheControl = "public, max-age=86400";
            response.Headers.Vary = "Accept-Encoding";
            if (request.TakesGzip())
            {
                response.Headers.ContentEncoding = "gzip";
                response.ContentLength = script.Length;
                await script.CopyToAsync(response.Body, stop).ConfigureAwait(false);
                return new EmptyResult();
            }

            var plain = new GZipStream(script, CompressionMode.Decompress);
            await using (plain.ConfigureAwait(false)) await plain.CopyToAsync(response.Body, stop).ConfigureAwait(false);
        }

        return new EmptyResult();
    }
}

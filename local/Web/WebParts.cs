using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Serverless.Local.Stack;

namespace Serverless.Local.Web;

/// <summary>The web page on one machine: its own files, SignalR's browser client and a reader of Markdown from npm, and the samples' example questions.</summary>
internal static class WebParts
{
    /// <summary>Serves the page at /. Its answers say that no other page may show it in a frame, and that their types are what they say.</summary>
    public static void Map(WebApplication app, RepositoryLayout layout)
    {
        if (Directory.Exists(layout.WebPage))
        {
            var files = new PhysicalFileProvider(layout.WebPage);
            app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
            app.UseStaticFiles(new StaticFileOptions { FileProvider = files, OnPrepareResponse = file => Protect(file.Context.Response) });
        }

        app.MapGet("/signalr.min.js", (HttpResponse response) => File(response, layout.SignalRClient, "text/javascript"));
        app.MapGet("/markdown-it.min.js", (HttpResponse response) => File(response, layout.MarkdownReader, "text/javascript"));
        app.MapGet("/samples/{sample}/questions.json", (HttpResponse response, string sample) => File(response, layout.Questions(sample), "application/json"));
    }

    private static IResult File(HttpResponse response, string? path, string contentType)
    {
        Protect(response);
        return path is not null && System.IO.File.Exists(path) ? Results.File(path, contentType) : Results.NotFound();
    }

    private static void Protect(HttpResponse response)
    {
        // The page's own policy is in its markup, where frame-ancestors has no effect.
        response.Headers.ContentSecurityPolicy = "frame-ancestors 'none'";
        response.Headers.XFrameOptions = "DENY";
        response.Headers.XContentTypeOptions = "nosniff";

        // A page that survives a restart must not go on with an older version of its own files.
        response.Headers.CacheControl = "no-cache";
    }
}

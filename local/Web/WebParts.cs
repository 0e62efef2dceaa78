using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Serverless.Local.Stack;

namespace Serverless.Local.Web;

/// <summary>What the web page needs beside its own files: SignalR's browser client from npm, and the samples' example questions.</summary>
internal static class WebParts
{
    public static void Map(WebApplication app, RepositoryLayout layout)
    {
        app.MapGet("/signalr.min.js", () => File(layout.SignalRClient, "text/javascript"));
        app.MapGet("/samples/{sample}/questions.json", (string sample) => File(layout.Questions(sample), "application/json"));
    }

    private static IResult File(string? path, string contentType) =>
        path is not null && System.IO.File.Exists(path) ? Results.File(path, contentType) : Results.NotFound();
}

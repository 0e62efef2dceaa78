using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.FunctionsHost.TestApp;

public sealed class HttpFunctions
{
    // "FileGet" comes before "FileList" in the alphabet and would hide it without the constraint.
    [Function("FileGet")]
    public IActionResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "files/{*path:minlength(1)}")] HttpRequest request) =>
        new ContentResult { Content = $"file {request.RouteValues["path"]}" };

    [Function("FileList")]
    public IActionResult List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "files")] HttpRequest request) =>
        new ContentResult { Content = $"files from {request.Query["from"]} at {request.Host}" };

    [Function("AllGreedy")]
    public IActionResult Greedy([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "shadow/{*rest}")] HttpRequest request) => new ContentResult { Content = "greedy" };

    [Function("Shadowed")]
    public IActionResult Shadowed([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "shadow")] HttpRequest request) => new ContentResult { Content = "shadowed" };

    [Function("Throw")]
    public IActionResult Throw([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throw")] HttpRequest request) => throw new InvalidOperationException("on purpose");

    [Function("Count")]
    public async Task<IActionResult> CountAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "count")] HttpRequest request)
    {
        var buffer = new byte[64 * 1024];
        long total = 0;
        int read;
        while ((read = await request.Body.ReadAsync(buffer)) > 0) total += read;
        return new ContentResult { Content = total.ToString(CultureInfo.InvariantCulture) };
    }

    /// <summary>Sends an event, then waits for the file DIR/{name} before the next: whoever buffers shows none.</summary>
    [Function("Events")]
    public async Task EventsAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "events/{name}")] HttpRequest request, string name)
    {
        request.HttpContext.Response.ContentType = "text/event-stream";
        await request.HttpContext.Response.WriteAsync("data: first\n\n", request.HttpContext.RequestAborted);
        await request.HttpContext.Response.Body.FlushAsync(request.HttpContext.RequestAborted);
        try
        {
            await Record.WaitForAsync(name, request.HttpContext.RequestAborted);
            await request.HttpContext.Response.WriteAsync("data: second\n\n");
        }
        catch (OperationCanceledException)
        {
            Record.Write($"{name}-aborted", "aborted");
        }
    }

    [Function("WorkerId")]
    public IActionResult ProcessId([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "process")] HttpRequest request) =>
        new ContentResult { Content = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) };
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace Local.Tests.Hosting;

public sealed record Greeting(string Name, int Times);

/// <summary>What a constructor may ask for.</summary>
public sealed class Gate
{
    public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Aborted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

public sealed class HttpTestFunctions(Gate gate)
{
    [Function("PlainText")]
    public string PlainText([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "text")] HttpRequest request) => "hello";

    [Function("DefaultRoute")]
    public static ValueTask<string> DefaultRoute([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => new(request.Method);

    [Function("Poco")]
    public static Task<Greeting> Poco([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "poco")] HttpRequest request) => Task.FromResult(new Greeting("Ada", 2));

    [Function("Action")]
    public static Task<IActionResult> Action([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "action")] HttpRequest request) =>
        Task.FromResult<IActionResult>(new ObjectResult(new Greeting("Ada", 2)) { StatusCode = 201 });

    [Function("Result")]
    public static IResult Result([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "result")] HttpRequest request) => Results.Json(new Greeting("Ada", 3), statusCode: 202);

    [Function("Nothing")]
    public static async Task Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "nothing")] HttpRequest request)
    {
        await Task.Yield();
        request.HttpContext.Response.StatusCode = 204;
    }

    [Function("OwnNotFound")]
    public static IActionResult OwnNotFound([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "own404")] HttpRequest request) => new NotFoundResult();

    [Function("List")]
    public static string List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items")] HttpRequest request) => "list";

    [Function("Create")]
    public static Greeting Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "items")] HttpRequest request, [FromBody] Greeting greeting) => greeting;

    [Function("ById")]
    public static string ById([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id:int}")] HttpRequest request, int id) => $"int {id}";

    [Function("Latest")]
    public static string Latest([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/latest")] HttpRequest request) => "latest";

    [Function("ByGuid")]
    public static string ByGuid([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/{id}")] HttpRequest request, Guid id) => id.ToString("N");

    [Function("CatchAll")]
    public static string CatchAll([HttpTrigger(AuthorizationLevel.Anonymous, "get", "put", Route = "documents/{collection}/{*path}")] HttpRequest request, string collection, string? path) =>
        $"{collection}|{path}";

    [Function("Optional")]
    public static string Optional([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "optional/{page?}")] HttpRequest request, int page = 7) => $"{page}";

    [Function("Context")]
    public static string Context([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "context")] HttpRequest request, FunctionContext context, CancellationToken token) =>
        string.Join('|', context.FunctionDefinition.Name, context.FunctionDefinition.InputBindings["request"].Type, ReferenceEquals(context.GetHttpContext(), request.HttpContext), token == request.HttpContext.RequestAborted);

    [Function("Throws")]
    public static string Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throws")] HttpRequest request) => throw new InvalidOperationException("canary-7f3a");

    [Function("ThrowsLate")]
    public static async Task<IActionResult> ThrowsLate([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throws-late")] HttpRequest request)
    {
        await request.HttpContext.Response.WriteAsync("begin");
        await request.HttpContext.Response.Body.FlushAsync();
        throw new InvalidOperationException("canary-7f3a");
    }

    [Function("Size")]
    public static async Task<string> Size([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "size")] HttpRequest request, CancellationToken token)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, token);
        return $"{body.Length}";
    }

    [Function("Stream")]
    public async Task<IActionResult> Stream([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "stream")] HttpRequest request)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "text/event-stream";
        await response.WriteAsync("data: one\n\n");
        await response.Body.FlushAsync();
        await gate.Opened.Task;
        await response.WriteAsync("data: two\n\n");
        return new EmptyResult();
    }

    [Function("Hangs")]
    public async Task Hangs([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hangs")] HttpRequest request, CancellationToken token)
    {
        gate.Opened.TrySetResult();
        using var registration = token.Register(() => gate.Aborted.TrySetResult());
        await Task.Delay(Timeout.Infinite, token);
    }
}

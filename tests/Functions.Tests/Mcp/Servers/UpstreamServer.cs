using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>An upstream MCP server, made by the official SDK on loopback, whose tools a test changes while it runs.</summary>
internal sealed class UpstreamServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, (Tool Tool, Func<RequestContext<CallToolRequestParams>, CancellationToken, ValueTask<CallToolResult>> Run)> _tools = new();

    private UpstreamServer(WebApplication app) => _app = app;

    public Uri Address => new(new Uri(_app.Urls.First()), "mcp");

    /// <summary>What it asks for as <c>Authorization</c>; null for nothing.</summary>
    public string? Authorization { get; set; }

    /// <summary>Answers instead of the server, when it gives true.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    /// <summary>Tools that one page of its list has.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>Methods of JSON-RPC, or of HTTP where there is no body, with their headers and bodies.</summary>
    public ConcurrentQueue<(string Method, Dictionary<string, string> Headers, string Body)> Requests { get; } = new();

    public int Count(string method) => Requests.Count(request => request.Method == method);

    public static async Task<UpstreamServer> StartAsync(HttpServerSessionMode mode = HttpServerSessionMode.Stateless, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        UpstreamServer? server = null;
        builder.Services.AddMcpServer(options =>
        {
            options.ServerInfo = new Implementation { Name = "upstream", Version = "1.0.0" };
            options.Handlers.ListToolsHandler = (context, _) => ValueTask.FromResult(server!.Page(context.Params?.Cursor));
            options.Handlers.CallToolHandler = (context, stop) => server!._tools.TryGetValue(context.Params!.Name, out var tool)
                ? tool.Run(context, stop)
                : throw new McpProtocolException("No such tool.", McpErrorCode.InvalidParams);
        }).WithHttpTransport(options => options.SessionMode = mode);
        var app = builder.Build();
        server = new UpstreamServer(app);
        app.Use(server.InterceptAsync);
        app.MapMcp("/mcp");
        await app.StartAsync();
        return server;
    }

    /// <summary>Adds a tool or puts another in its place.</summary>
    public void Set(string name, string description, Func<IDictionary<string, JsonElement>, string> run, string schema = """{"type":"object"}""") =>
        Set(new Tool { Name = name, Description = description, InputSchema = JsonElement.Parse(schema) }, (context, _) => ValueTask.FromResult(Text(run(context.Params!.Arguments ?? new Dictionary<string, JsonElement>()))));

    public void Set(Tool tool, Func<RequestContext<CallToolRequestParams>, CancellationToken, ValueTask<CallToolResult>> run) => _tools[tool.Name] = (tool, run);

    public void Remove(string name) => _tools.TryRemove(name, out _);

    public static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private ListToolsResult Page(string? cursor)
    {
        var at = cursor is null ? 0 : int.Parse(cursor, System.Globalization.CultureInfo.InvariantCulture);
        var all = _tools.Values.Select(tool => tool.Tool).OrderBy(tool => tool.Name, StringComparer.Ordinal).ToList();
        var next = at + PageSize;
        return new ListToolsResult { Tools = [.. all.Skip(at).Take(PageSize)], NextCursor = next < all.Count ? next.ToString(System.Globalization.CultureInfo.InvariantCulture) : null };
    }

    private async Task InterceptAsync(HttpContext http, RequestDelegate next)
    {
        http.Request.EnableBuffering();
        var body = await new StreamReader(http.Request.Body).ReadToEndAsync();
        http.Request.Body.Position = 0;
        var method = body.Length > 0 && JsonDocument.Parse(body).RootElement.TryGetProperty("method", out var named) ? named.GetString()! : http.Request.Method;
        Requests.Enqueue((method, http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body));
        if (Authorization is { } needed && http.Request.Headers.Authorization != needed)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (Instead is { } instead && await instead(http)) return;
        await next(http);
    }
}

using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>A model service on a real socket, in OpenAI's and MosaicML's wire formats. It records what it is sent; a test may replace any path.</summary>
internal sealed class FakeProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _handlers = new();

    private FakeProvider(WebApplication app) => _app = app;

    public ConcurrentQueue<Recorded> Requests { get; } = new();

    public Uri Address => new(_app.Urls.First());

    public string Host => Address.Authority;

    public static async Task<FakeProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var provider = new FakeProvider(app);
        app.Run(provider.AnswerAsync);
        await app.StartAsync();
        provider.On("/v1/models", http => Json(http, new { @object = "list", data = new[] { new { id = "demo-llama", @object = "model", created = 1, owned_by = "t", max_model_len = 2048 } } }));
        provider.On("/v1/chat/completions", http => provider.StreamAsync(http, isChat: true, "Hello", " there", "!"));
        provider.On("/v1/completions", http => provider.StreamAsync(http, isChat: false, "Once", " upon"));
        provider.On("/v1/embeddings", EmbedAsync);
        provider.On("/tokenize", TokenizeAsync);
        return provider;
    }

    public void On(string path, Func<HttpContext, Task> handler) => _handlers[path] = handler;

    public Recorded Single(string path) => Assert.Single(Requests, r => r.Path == path);

    public int Count(string path) => Requests.Count(r => r.Path == path);

    public static Task Json(HttpContext http, object body, int status = 200)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(body);
    }

    public static Task Error(HttpContext http, int status, string message = "no", string? code = null, string? param = null) => Json(http, new { error = new { message, code, param } }, status);

    public static string Chunk(bool isChat, string? text, string? finish) => isChat
        ? JsonSerializer.Serialize(new { id = "x", @object = "chat.completion.chunk", created = 1, model = "demo-llama", choices = new[] { new { index = 0, delta = new { content = text }, finish_reason = finish } } })
        : JsonSerializer.Serialize(new { id = "x", @object = "text_completion", created = 1, model = "demo-llama", choices = new[] { new { index = 0, text = text ?? "", finish_reason = finish } } });

    public static async Task SendAsync(HttpContext http, string data)
    {
        if (!http.Response.HasStarted) http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync($"data: {data}\n\n");
        await http.Response.Body.FlushAsync();
    }

    public async Task StreamAsync(HttpContext http, bool isChat, params string[] pieces)
    {
        foreach (var piece in pieces) await SendAsync(http, Chunk(isChat, piece, null));
        await SendAsync(http, Chunk(isChat, null, "stop"));
        await SendAsync(http, JsonSerializer.Serialize(new { id = "x", @object = "chunk", created = 1, model = "demo-llama", choices = Array.Empty<object>(), usage = new { prompt_tokens = 7, completion_tokens = pieces.Length, total_tokens = 7 + pieces.Length } }));
        await SendAsync(http, "[DONE]");
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task EmbedAsync(HttpContext http)
    {
        var inputs = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement.GetProperty("input");
        var count = inputs.ValueKind == JsonValueKind.Array ? inputs.GetArrayLength() : 1;
        await Json(http, new { @object = "list", data = Enumerable.Range(0, count).Reverse().Select(i => new { @object = "embedding", index = i, embedding = (float[])[3, i, 0] }), model = "demo-instructor", usage = new { prompt_tokens = 5, completion_tokens = 0, total_tokens = 5 } });
    }

    private static async Task TokenizeAsync(HttpContext http)
    {
        var request = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement;
        // A conversation is counted as one.
        int[] counts = request.TryGetProperty("prompt", out var prompts) ? [.. prompts.EnumerateArray().Select(p => p.GetString()!.Length)] : [request.GetProperty("messages").GetArrayLength()];
        await Json(http, new { count = counts[0], counts, max_model_len = 2048 });
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer);
        var headers = http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var line = $"{http.Request.Method} {http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget}";
        Requests.Enqueue(new Recorded(http.Request.Path.Value!, http.Request.Headers.Authorization.ToString(), Encoding.UTF8.GetString(buffer.ToArray())) { Line = line, Headers = headers });
        buffer.Position = 0;
        http.Request.Body = buffer;
        if (_handlers.TryGetValue(http.Request.Path.Value!, out var handler)) await handler(http);
        else http.Response.StatusCode = 404;
    }

    internal sealed record Recorded(string Path, string Authorization, string Body)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;

        /// <summary>Method and target, as they came.</summary>
        public string Line { get; init; } = "";

        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    }
}

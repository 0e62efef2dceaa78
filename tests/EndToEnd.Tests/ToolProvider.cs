using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.EndToEnd.Tests;

/// <summary>
/// A provider in OpenAI's wire that has tools and schemas, and knows one thing: how warm it is in Oslo. It calls the first tool that it is offered until it
/// sees a result, and writes JSON where a schema is asked for; whole or streamed.
/// </summary>
internal sealed class ToolProvider : IAsyncDisposable
{
    private const string Known = """{"city":"Oslo","degrees":7}""";

    private readonly WebApplication _app;

    private ToolProvider(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<ToolProvider> StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        app.MapPost("/v1/chat/completions", AnswerAsync);
        await app.StartAsync();
        return new ToolProvider(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext http)
    {
        using var request = await JsonDocument.ParseAsync(http.Request.Body);
        var body = request.RootElement;
        var (message, reason) = Message(body);
        var usage = new { prompt_tokens = 20, completion_tokens = 9, total_tokens = 29 };
        if (!body.TryGetProperty("stream", out var stream) || !stream.GetBoolean())
        {
            await http.Response.WriteAsJsonAsync(new { id = "c1", @object = "chat.completion", created = 1, model = "tools", choices = new[] { new { index = 0, message, finish_reason = reason } }, usage });
            return;
        }

        http.Response.ContentType = "text/event-stream";
        foreach (var data in (object[])[Chunk(message, null), Chunk(new { }, reason), new { id = "c1", @object = "chat.completion.chunk", created = 1, model = "tools", choices = Array.Empty<object>(), usage }])
            await http.Response.WriteAsync($"data: {JsonSerializer.Serialize(data)}\n\n");
        await http.Response.WriteAsync("data: [DONE]\n\n");
    }

    private static object Chunk(object delta, string? reason) =>
        new { id = "c1", @object = "chat.completion.chunk", created = 1, model = "tools", choices = new[] { new { index = 0, delta, finish_reason = reason } } };

    private static (object Message, string Reason) Message(JsonElement body)
    {
        var hasResult = body.GetProperty("messages").EnumerateArray().Any(m => m.GetProperty("role").GetString() == "tool");
        if (!hasResult && body.TryGetProperty("tools", out var tools))
        {
            var name = tools[0].GetProperty("function").GetProperty("name").GetString();
            return (new { role = "assistant", content = (string?)null, tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name, arguments = Known } } } }, "tool_calls");
        }

        var isJson = body.TryGetProperty("response_format", out var format) && format.GetProperty("type").GetString() == "json_schema";
        return (new { role = "assistant", content = isJson ? Known : "It is 7 degrees in Oslo." }, "stop");
    }
}

using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Benchmarks.Gateway;

/// <summary>A process that answers every question alike, in OpenAI's shape: whole, or as 64 chunks that it writes at once.</summary>
internal static class FixedUpstream
{
    public const int Chunks = 64;

    private static readonly byte[] Whole = Encoding.UTF8.GetBytes(
        """{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"fixed","choices":[{"index":0,"message":{"role":"assistant","content":"The soil was wet in the evening, and dry again when the sun had been on it for an hour."},"finish_reason":"stop"}],"usage":{"prompt_tokens":24,"completion_tokens":21,"total_tokens":45}}""");

    private static readonly byte[] Stream = Events();

    public static async Task RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        app.Run(AnswerAsync);
        await app.RunAsync();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var buffer = new byte[8192];
        var isStream = false;
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer)) > 0) isStream |= buffer.AsSpan(0, read).IndexOf("\"stream\":true"u8) >= 0;
        context.Response.ContentType = isStream ? "text/event-stream" : "application/json";
        if (!isStream) context.Response.ContentLength = Whole.Length;
        await context.Response.Body.WriteAsync(isStream ? Stream : Whole);
    }

    private static byte[] Events()
    {
        var text = new StringBuilder();
        string Chunk(string choice) => $$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"fixed","choices":[{{choice}}]""";
        text.Append(Chunk("""{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}""")).Append("}\n\n");
        for (var i = 0; i < Chunks; i++) text.Append(Chunk($$"""{"index":0,"delta":{"content":" word{{i}}"},"finish_reason":null}""")).Append("}\n\n");
        text.Append(Chunk("""{"index":0,"delta":{},"finish_reason":"stop"}""")).Append("}\n\n");
        text.Append(Chunk("")).Append(""","usage":{"prompt_tokens":24,"completion_tokens":64,"total_tokens":88}}""").Append("\n\ndata: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

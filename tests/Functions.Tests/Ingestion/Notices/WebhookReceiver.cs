using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Tests.Ingestion.Notices;

/// <summary>Somebody's endpoint on this machine: keeps what it receives, and answers with the statuses that a test orders.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<(IReadOnlyDictionary<string, string> Headers, byte[] Body)> Received { get; } = new();

    /// <summary>Answers to come; 204 when there is none left.</summary>
    public ConcurrentQueue<int> Statuses { get; } = new();

    public Uri Url => new(_app.Urls.First() + "/hooks?k=1");

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(app);
        app.MapPost("/hooks", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            receiver.Received.Enqueue((request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
            return Results.StatusCode(receiver.Statuses.TryDequeue(out var status) ? status : 204);
        });
        await app.StartAsync();
        return receiver;
    }

    public IEnumerable<JsonElement> Bodies => Received.Select(item => JsonDocument.Parse(item.Body).RootElement);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

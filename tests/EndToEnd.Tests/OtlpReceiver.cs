using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.EndToEnd.Tests;

/// <summary>An OTLP collector on loopback: takes what exporters send by HTTP in protobuf, and keeps it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>Settings of a process that is to export here, soon after each span's end.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Urls.First(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public IReadOnlyList<OtlpSpan> Spans => [.. _spans];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/{signal}", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Whether <paramref name="text"/> stands in anything that was exported: spans, metrics or logs.</summary>
    public bool Holds(string text)
    {
        var sought = Encoding.UTF8.GetBytes(text);
        return _bodies.Any(body => body.AsSpan().IndexOf(sought) >= 0);
    }

    /// <summary>The spans, once there are enough.</summary>
    /// <exception cref="TimeoutException">They do not come; the message names those that did.</exception>
    public async Task<IReadOnlyList<OtlpSpan>> UntilAsync(Func<IReadOnlyList<OtlpSpan>, bool> enough)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            while (!enough(Spans)) await _arrived.WaitAsync(limit.Token);
            return Spans;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"There are only: {string.Join("; ", Spans.Select(s => $"{s.Service} {s.Name} {s.TraceId}"))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _arrived.Dispose();
    }

    private async Task TakeAsync(HttpContext http, string signal)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _bodies.Enqueue(body.ToArray());
        if (signal == "traces")
        {
            foreach (var span in OtlpSpan.Read(body.ToArray())) _spans.Enqueue(span);
        }

        // An empty Export...ServiceResponse.
        http.Response.ContentType = "application/x-protobuf";
        _arrived.Release();
    }
}

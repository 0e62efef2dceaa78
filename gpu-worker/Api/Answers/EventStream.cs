using System.Text.Json;
using Serverless.Contracts;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>
/// Writes server-sent events (WHATWG HTML, 9.2): <c>data: {json}</c> and an empty line, flushed one by one. A client that takes nothing for as long as
/// <paramref name="writeTimeout"/> is disconnected.
/// </summary>
internal sealed class EventStream(HttpContext context, TimeSpan writeTimeout, TimeProvider time)
{
    private static readonly byte[] Prefix = "data: "u8.ToArray();
    private static readonly byte[] Suffix = "\n\n"u8.ToArray();
    private static readonly byte[] Done = "data: [DONE]\n\n"u8.ToArray();

    private bool _started;

    /// <exception cref="OperationCanceledException">The client has gone or takes nothing.</exception>
    public Task SendAsync<T>(T value, CancellationToken cancellationToken) =>
        WriteAsync([.. Prefix, .. JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Options), .. Suffix], cancellationToken);

    public Task SendDoneAsync(CancellationToken cancellationToken) => WriteAsync(Done, cancellationToken);

    private async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        if (!_started)
        {
            _started = true;
            var headers = context.Response.Headers;
            headers.ContentType = "text/event-stream; charset=utf-8";
            headers.CacheControl = "no-store";
            headers["X-Accel-Buffering"] = "no";
        }

        var write = context.Response.Body.WriteAsync(bytes, cancellationToken);
        if (!write.IsCompletedSuccessfully) await OrDisconnectAsync(write.AsTask());
        var flush = context.Response.Body.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully) await OrDisconnectAsync(flush);
    }

    private async Task OrDisconnectAsync(Task write)
    {
        try
        {
            await write.WaitAsync(writeTimeout, time);
        }
        catch (TimeoutException)
        {
            context.Abort();
            await write.ContinueWith(static _ => { }, TaskScheduler.Default);
            throw new OperationCanceledException("The client takes nothing.");
        }
    }
}

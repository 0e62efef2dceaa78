using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Serverless.Functions.Dispatch;

/// <summary>Server-sent events, flushed whenever the provider has nothing more at hand: no token waits, and those that come together go together.</summary>
internal sealed class SseResponse(HttpContext context, IStreamShape shape, TimeProvider time)
{
    /// <summary>After so long without an event, and twice that at most, something goes that keeps the connection: proxies end one on which nothing goes, many after a minute, some after half of one.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private const long MostUnflushed = 16 * 1024;

    private Task? _silence;
    private bool _spoke;

    /// <summary>
    /// Writes <paramref name="answers"/>. Nothing is sent before the first one is there, so that what fails until then gets its
    /// own status; what fails later is one last frame with the error, and no end.
    /// </summary>
    public async Task WriteAsync(IAsyncEnumerable<AnswerEvent> answers)
    {
        var stop = context.RequestAborted;
        using var ended = new CancellationTokenSource();
        var events = answers.GetAsyncEnumerator(stop);
        await using (events.ConfigureAwait(false))
        {
            var more = await events.MoveNextAsync().ConfigureAwait(false);
            Begin();
            var output = context.Response.BodyWriter;
            try
            {
                while (more)
                {
                    shape.Write(output, events.Current);
                    _spoke = true;
                    var next = events.MoveNextAsync();
                    if (next.IsCompleted && output.UnflushedBytes < MostUnflushed) more = await next.ConfigureAwait(false);
                    else more = await FlushWhileAsync(output, next.AsTask(), stop, ended.Token).ConfigureAwait(false);
                }

                shape.End(output);
            }
            catch (GatewayException failure)
            {
                shape.Fail(output, failure.Error);
            }

            await ended.CancelAsync().ConfigureAwait(false);
            await output.FlushAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is there while the next event is awaited, which ends in any case before the events are disposed of.</summary>
    private async Task<bool> FlushWhileAsync(PipeWriter output, Task<bool> next, CancellationToken stop, CancellationToken ended)
    {
        try
        {
            await output.FlushAsync(stop).ConfigureAwait(false);
            while (!next.IsCompleted)
            {
                // One timer runs on over many pieces: it is only silence that it has to tell.
                _silence ??= Task.Delay(Silence, time, ended);
                if (await Task.WhenAny(next, _silence).ConfigureAwait(false) == next) break;
                _silence = null;
                if (!_spoke)
                {
                    shape.Wait(output);
                    await output.FlushAsync(stop).ConfigureAwait(false);
                }

                _spoke = false;
            }
        }
        catch
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await next.ConfigureAwait(false);
    }

    private void Begin()
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = new StringValues("no");
    }
}

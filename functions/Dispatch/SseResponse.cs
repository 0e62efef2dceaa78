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

    /// <summary>
    /// Writes <paramref name="answers"/>. Nothing is sent before the first one is there, so that what fails until then gets its
    /// own status; what fails later is one last frame with the error, and no end.
    /// </summary>
    public async Task WriteAsync(IAsyncEnumerable<AnswerEvent> answers)
    {
        var stop = context.RequestAborted;
        var events = answers.GetAsyncEnumerator(stop);
        await using (events.ConfigureAwait(false))
        {
            var more = await events.MoveNextAsync().ConfigureAwait(false);
            Begin();
            var output = context.Response.BodyWriter;
            using var silence = new SilenceWatch(Silence, time, () => WaitAsync(output, stop));
            try
            {
                while (more)
                {
                    shape.Write(output, events.Current);
                    silence.Heard();
                    var next = events.MoveNextAsync();
                    if (!next.IsCompleted || output.UnflushedBytes >= MostUnflushed) await FlushBeforeAsync(output, next, stop).ConfigureAwait(false);
                    if (next.IsCompleted)
                    {
                        more = await next.ConfigureAwait(false);
                        continue;
                    }

                    silence.Pause();
                    try
                    {
                        more = await next.ConfigureAwait(false);
                    }
                    finally
                    {
                        await silence.ResumeAsync().ConfigureAwait(false);
                    }
                }

                shape.End(output);
            }
            catch (GatewayException failure)
            {
                shape.Fail(output, failure.Error);
            }

            await output.FlushAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is there; where that fails, <paramref name="next"/> has ended before its answers are disposed of.</summary>
    private static async ValueTask FlushBeforeAsync(PipeWriter output, ValueTask<bool> next, CancellationToken stop)
    {
        try
        {
            await output.FlushAsync(stop).ConfigureAwait(false);
        }
        catch
        {
            await ((Task)next.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task WaitAsync(PipeWriter output, CancellationToken stop)
    {
        shape.Wait(output);
        await output.FlushAsync(stop).ConfigureAwait(false);
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

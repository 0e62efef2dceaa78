using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>Server-sent events in OpenAI's framing: <c>data: {json}</c>, an empty line, flushed at once; at the end <c>data: [DONE]</c>.</summary>
internal sealed class SseResponse(HttpContext context)
{
    private static readonly byte[] Prefix = "data: "u8.ToArray();
    private static readonly byte[] Suffix = "\n\n"u8.ToArray();
    private static readonly byte[] Done = "data: [DONE]\n\n"u8.ToArray();

    /// <summary>
    /// Writes the chunks of <paramref name="answers"/>. Nothing is sent before the first one is there, so that what fails until then gets its
    /// own status; what fails later is one last event <c>data: {"error": ...}</c>, and no <c>[DONE]</c>.
    /// </summary>
    public async Task WriteAsync<TChunk>(IAsyncEnumerable<TChunk> answers)
        where TChunk : notnull
    {
        var stop = context.RequestAborted;
        var chunks = answers.GetAsyncEnumerator(stop);
        await using (chunks.ConfigureAwait(false))
        {
            var more = await chunks.MoveNextAsync().ConfigureAwait(false);
            Begin();
            try
            {
                while (more)
                {
                    await SendAsync(JsonSerializer.SerializeToUtf8Bytes(chunks.Current, chunks.Current.GetType(), WireJson.Options), stop).ConfigureAwait(false);
                    more = await chunks.MoveNextAsync().ConfigureAwait(false);
                }

                await context.Response.Body.WriteAsync(Done, stop).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(stop).ConfigureAwait(false);
            }
            catch (GatewayException failure)
            {
                await SendAsync(JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(failure.Error), WireJson.Options), stop).ConfigureAwait(false);
            }
        }
    }

    private void Begin()
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = new StringValues("no");
    }

    private async Task SendAsync(byte[] json, CancellationToken cancellationToken)
    {
        var line = new byte[Prefix.Length + json.Length + Suffix.Length];
        Prefix.CopyTo(line, 0);
        json.CopyTo(line, Prefix.Length);
        Suffix.CopyTo(line, Prefix.Length + json.Length);
        await context.Response.Body.WriteAsync(line, cancellationToken).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}

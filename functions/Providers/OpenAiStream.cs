using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Reads a streamed answer in OpenAI's format. A stream that ends before it says why is a failure, not a short answer.</summary>
internal static class OpenAiStream
{
    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    public static async IAsyncEnumerable<AnswerEvent> ReadAsync(Stream lines, string model, bool isChat, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? finish = null;
        Usage? usage = null;
        var done = false;
        var events = SseParser.Create(lines, (_, data) => Parse(data, isChat)).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (events.ConfigureAwait(false))
        {
            while (!done && await NextAsync(events).ConfigureAwait(false))
            {
                var chunk = events.Current.Data;
                done = chunk.Done;
                finish = chunk.FinishReason ?? finish;
                usage = chunk.Usage ?? usage;
                model = chunk.Model ?? model;
                if (chunk.Text is { Length: > 0 } || chunk.Tokens is { Count: > 0 }) yield return new AnswerText(chunk.Text ?? "") { Tokens = chunk.Tokens };
            }
        }

        if (finish is null) throw new UpstreamException(done ? UpstreamFailure.InvalidResponse : UpstreamFailure.Connection);
        yield return new AnswerCompleted(finish, usage, [], model);
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<SseItem<Chunk>> events)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new UpstreamException(UpstreamFailure.Connection);
        }
    }

    private static Chunk Parse(ReadOnlySpan<byte> data, bool isChat)
    {
        if (data.SequenceEqual(Done)) return new Chunk(null, null, null, null, Done: true);
        try
        {
            if (isChat)
            {
                var chunk = JsonSerializer.Deserialize<ChatCompletionChunk>(data, WireJson.Options)!;
                if (chunk.Choices is null) throw Failed(data);
                var choice = chunk.Choices.FirstOrDefault();
                return new Chunk(choice?.Delta?.Content, choice?.FinishReason, chunk.Usage, chunk.Model, choice?.TokenIds);
            }
            else
            {
                var chunk = JsonSerializer.Deserialize<CompletionResponse>(data, WireJson.Options)!;
                if (chunk.Choices is null) throw Failed(data);
                var choice = chunk.Choices.FirstOrDefault();
                return new Chunk(choice?.Text, choice?.FinishReason, chunk.Usage, chunk.Model, choice?.TokenIds);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }
    }

    /// <summary>An event without choices is an error that came after the first byte.</summary>
    private static UpstreamException Failed(ReadOnlySpan<byte> data)
    {
        var (code, param) = UpstreamHttp.ReadError(data);
        return code is null ? new UpstreamException(UpstreamFailure.InvalidResponse) : new UpstreamException(UpstreamFailure.Status, 500) { Code = code, Param = param };
    }

    private sealed record Chunk(string? Text, string? FinishReason, Usage? Usage, string? Model, IReadOnlyList<int>? Tokens = null, bool Done = false)
    {
        public override string ToString() => $"[{Text?.Length ?? 0} chars]";
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Batches.Messages;

/// <summary>Reads <c>{"requests": [...]}</c> as it comes, in memory of one request: a body may hold a hundred thousand.</summary>
internal static class MessageBatchBody
{
    private const string List = "requests";

    /// <summary>The elements of <c>requests</c> as they were sent, in their order.</summary>
    /// <param name="maxBytes">Of one element.</param>
    /// <exception cref="GatewayException">400: the body is no JSON object, or has other fields, or no such list; 413: a request is too large.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream body, int maxBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var (state, place, count, wanted) = (default(JsonReaderState), Place.Start, 0, 1);
        try
        {
            while (true)
            {
                var read = await reader.ReadAtLeastAsync(wanted, cancellationToken);
                var buffer = read.Buffer;
                var step = Next(buffer, read.IsCompleted, state, place, count);
                if (step.Element is null && step.Place == place && !read.IsCompleted)
                {
                    // An element is read from its beginning again when there is more of it, so that twice as much is waited for each time.
                    if (buffer.Length - step.Consumed > maxBytes + 1024L) throw TooLarge(count, maxBytes);
                    wanted = (int)Math.Min(int.MaxValue / 2, (buffer.Length - step.Consumed) * 2 + 1);
                }
                else
                {
                    wanted = 1;
                }

                if (step.Element is { } element && element.Length > maxBytes) throw TooLarge(count, maxBytes);
                (state, place) = (step.State, step.Place);
                var bytes = step.Element?.ToArray();
                reader.AdvanceTo(buffer.GetPosition(step.Consumed), bytes is null && wanted > 1 ? buffer.End : buffer.GetPosition(step.Consumed));
                if (bytes is not null)
                {
                    count++;
                    yield return bytes;
                }
                else if (read.IsCompleted && place == Place.End)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    /// <summary>Where in the body the reader is.</summary>
    private enum Place
    {
        Start,
        Object,
        List,
        BehindList,
        End,
    }

    private readonly record struct Step(JsonReaderState State, Place Place, long Consumed, ReadOnlySequence<byte>? Element);

    /// <summary>Goes on to the next element, or as far as the buffer lets it.</summary>
    private static Step Next(ReadOnlySequence<byte> buffer, bool isLast, JsonReaderState state, Place place, int count)
    {
        var json = new Utf8JsonReader(buffer, isLast, state);
        var (consumed, kept) = (0L, state);
        try
        {
            while (json.Read())
            {
                if (place == Place.List && json.TokenType != JsonTokenType.EndArray)
                {
                    if (json.TokenType != JsonTokenType.StartObject) throw GatewayException.Invalid($"{List}[{count}]", $"'{List}[{count}]' must be an object.", "invalid_type");
                    var from = json.TokenStartIndex;
                    if (!json.TrySkip()) return new Step(kept, place, consumed, null);
                    return new Step(json.CurrentState, place, json.BytesConsumed, buffer.Slice(from, json.BytesConsumed - from));
                }

                place = After(ref json, place);
                (consumed, kept) = (json.BytesConsumed, json.CurrentState);
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw GatewayException.Invalid("body", "The body is not valid JSON.", "malformed_json");
        }

        return new Step(json.CurrentState, place, json.BytesConsumed, null);
    }

    private static Place After(ref Utf8JsonReader json, Place place) => (place, json.TokenType) switch
    {
        (Place.Start, JsonTokenType.StartObject) => Place.Object,
        (Place.Start, _) => throw GatewayException.Invalid("body", "The body must be a JSON object.", "malformed_json"),
        (Place.Object, JsonTokenType.PropertyName) => json.ValueTextEquals(List) ? Place.Object : throw Unknown(json.GetString()!),
        (Place.Object, JsonTokenType.StartArray) => Place.List,
        (Place.Object, JsonTokenType.EndObject) => throw GatewayException.Invalid(List, $"'{List}' is required.", "missing_field"),
        (Place.Object, _) => throw GatewayException.Invalid(List, $"'{List}' must be a list of requests.", "invalid_type"),
        (Place.List, _) => Place.BehindList,
        (Place.BehindList, JsonTokenType.EndObject) => Place.End,
        (Place.BehindList, JsonTokenType.PropertyName) => throw (json.ValueTextEquals(List) ? GatewayException.Invalid(List, $"'{List}' comes twice in its object.", "duplicate_field") : Unknown(json.GetString()!)),
        _ => throw GatewayException.Invalid("body", "The body is not valid JSON.", "malformed_json"),
    };

    private static GatewayException Unknown(string name)
    {
        var shown = name.Length > 64 ? name[..64] : name;
        return GatewayException.Invalid(shown, $"'{shown}' is not a known field; known is: {List}.", "unknown_field");
    }

    internal static GatewayException TooLarge(int count, int maxBytes) =>
        new(413, new Contracts.ErrorDetail("body_too_large", $"'{List}[{count}]' may have at most {maxBytes} bytes.", "invalid_request_error", $"{List}[{count}]"));
}

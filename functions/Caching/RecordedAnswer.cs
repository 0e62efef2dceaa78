using System.Runtime.InteropServices;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Caching;

/// <summary>A whole answer's events as bytes: what a cache keeps, piece by piece as it came, so that a stream is replayed as one.</summary>
internal sealed class RecordedAnswer
{
    private readonly List<Piece> _pieces = [];
    private int _chars;

    /// <summary>Takes an event in passing.</summary>
    /// <returns>The bytes, once the answer is complete and worth keeping; null until then, and for one that was filtered or is too long.</returns>
    public byte[]? Add(AnswerEvent answer)
    {
        if (_chars > CacheOptions.MaxAnswerBytes) return null;
        switch (answer)
        {
            case AnswerText text:
                _chars += text.Text.Length + (text.Extra is { } more ? JsonMarshal.GetRawUtf8Value(more).Length : 0);
                _pieces.Add(new Piece { Text = text.Text, Index = text.Index, Logprobs = text.Logprobs, Extra = text.Extra, IsRefusal = text.IsRefusal });
                return null;
            case AnswerToolCall call:
                _chars += call.Arguments.Length;
                _pieces.Add(new Piece { Index = call.Index, Call = call.Call, Id = call.Id, Name = call.Name, Text = call.Arguments, Extra = call.Extra, IsCustom = call.IsCustom });
                return null;
            default:
                var completed = (AnswerCompleted)answer;
                var reasons = completed.FinishReasons ?? [completed.FinishReason];
                if (reasons.Any(r => r is not ("stop" or "length" or "tool_calls"))) return null;
                var bytes = JsonSerializer.SerializeToUtf8Bytes(Whole.Of(_pieces, reasons, completed), WireJson.Options);
                return bytes.Length <= CacheOptions.MaxAnswerBytes ? bytes : null;
        }
    }

    public static IEnumerable<AnswerEvent> Replay(byte[] bytes)
    {
        var whole = JsonSerializer.Deserialize<Whole>(bytes, WireJson.Options)!;
        foreach (var piece in whole.Pieces)
        {
            yield return piece.Call is { } call
                ? new AnswerToolCall(piece.Index, call, piece.Id, piece.Name, piece.Text) { Extra = piece.Extra, IsCustom = piece.IsCustom }
                : new AnswerText(piece.Text) { Index = piece.Index, Logprobs = piece.Logprobs, Extra = piece.Extra, IsRefusal = piece.IsRefusal };
        }

        yield return new AnswerCompleted(whole.Reasons[0], whole.Usage, [], whole.Model)
        {
            FinishReasons = whole.Reasons.Count > 1 ? whole.Reasons : null,
            StopString = whole.StopString,
            ServiceTier = whole.ServiceTier,
            SystemFingerprint = whole.SystemFingerprint,
        };
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{_chars} chars]";

    private sealed record Whole(IReadOnlyList<Piece> Pieces, IReadOnlyList<string> Reasons, Usage? Usage, string Model)
    {
        public string? StopString { get; init; }

        public string? ServiceTier { get; init; }

        public string? SystemFingerprint { get; init; }

        public static Whole Of(IReadOnlyList<Piece> pieces, IReadOnlyList<string> reasons, AnswerCompleted completed) => new(pieces, reasons, completed.Usage, completed.Model)
        {
            StopString = completed.StopString,
            ServiceTier = completed.ServiceTier,
            SystemFingerprint = completed.SystemFingerprint,
        };

        public override string ToString() => $"[{Pieces.Count} pieces]";
    }

    private sealed record Piece
    {
        public required string Text { get; init; }

        public int Index { get; init; }

        public int? Call { get; init; }

        public string? Id { get; init; }

        public string? Name { get; init; }

        public JsonElement? Logprobs { get; init; }

        public JsonElement? Extra { get; init; }

        public bool IsRefusal { get; init; }

        public bool IsCustom { get; init; }

        public override string ToString() => $"[{Text.Length} chars]";
    }
}

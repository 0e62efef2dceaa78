using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>A whole answer: what a stream said, together, choice by choice.</summary>
internal sealed record CollectedAnswer(IReadOnlyList<CollectedAnswer.Choice> Choices, AnswerCompleted Completed)
{
    /// <summary>The first choice's text, or what it says in place of one.</summary>
    public string Text => Choices[0] is { Text.Length: 0, Refusal: { } refusal } ? refusal : Choices[0].Text;

    public static async Task<CollectedAnswer> FromAsync(IAsyncEnumerable<AnswerEvent> events, CancellationToken cancellationToken)
    {
        var parts = new List<Part?>(1);
        AnswerCompleted? completed = null;
        await foreach (var answer in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (answer is AnswerText text) Of(parts, text.Index).Add(text);
            else if (answer is AnswerToolCall call) Of(parts, call.Index).Add(call);
            else completed = (AnswerCompleted)answer;
        }

        for (var i = 0; i < (completed!.FinishReasons?.Count ?? 1); i++) Of(parts, i);
        var choices = new List<Choice>(parts.Count);
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i] is { } part) choices.Add(part.ToChoice(completed.ReasonOf(i)));
        }

        return new CollectedAnswer(choices, completed);
    }

    public override string ToString() => $"[{Choices.Count} choices]";

    private static Part Of(List<Part?> parts, int index)
    {
        while (parts.Count <= index) parts.Add(null);
        return parts[index] ??= new Part();
    }

    /// <param name="ToolCalls">Null for none.</param>
    /// <param name="Logprobs">Null where none were asked for.</param>
    internal sealed record Choice(string Text, IReadOnlyList<ToolCall>? ToolCalls, JsonObject? Logprobs, string FinishReason)
    {
        /// <summary>What the model says in place of an answer; null for nothing.</summary>
        public string? Refusal { get; init; }

        /// <summary>What else the message holds; null for nothing.</summary>
        public JsonObject? Extra { get; init; }

        /// <summary>Whether its message has a content, be it an empty one.</summary>
        public bool HasContent => Text.Length > 0 || (ToolCalls is null && Refusal is null && Extra?.ContainsKey("function_call") != true);

        public override string ToString() => $"[{Text.Length} chars]";
    }

    private sealed class Part
    {
        // Most answers come in one piece, or as one text.
        private string _first = "";
        private StringBuilder? _text;
        private SortedDictionary<int, (bool IsCustom, string? Id, string? Name, StringBuilder Arguments, JsonElement? Extra)>? _calls;
        private JsonObject? _logprobs;
        private JsonObject? _extra;
        private string? _refusal;

        public void Add(AnswerText piece)
        {
            if (piece.Extra is { } extra) MessageExtra.Add(_extra ??= [], extra);
            if (piece.IsRefusal) _refusal += piece.Text;
            else if (_text is null && _first.Length == 0) _first = piece.Text;
            else (_text ??= new StringBuilder(_first)).Append(piece.Text);
            if (piece.Logprobs is { ValueKind: JsonValueKind.Object } logprobs) Merge(logprobs);
        }

        public void Add(AnswerToolCall piece)
        {
            _calls ??= [];
            var call = _calls.TryGetValue(piece.Call, out var known) ? known : (piece.IsCustom, null, null, new StringBuilder(), null);
            call.Arguments.Append(piece.Arguments);
            _calls[piece.Call] = (call.IsCustom, call.Id ?? piece.Id, call.Name ?? piece.Name, call.Arguments, call.Extra ?? piece.Extra);
        }

        public Choice ToChoice(string reason)
        {
            var calls = _calls?.Values.Select((c, i) => new ToolCall(c.Id ?? $"call_{i}", c.IsCustom ? CustomTools.Type : "function", new ToolFunction(c.Name ?? "", c.Arguments.ToString())) { ExtraContent = c.Extra }).ToList();
            return new Choice(_text?.ToString() ?? _first, calls, _logprobs, reason) { Refusal = _refusal, Extra = _extra };
        }

        /// <summary>A chat's logprobs hold one list, a completion's several: each is continued.</summary>
        private void Merge(JsonElement logprobs)
        {
            _logprobs ??= [];
            foreach (var member in logprobs.EnumerateObject())
            {
                if (member.Value.ValueKind != JsonValueKind.Array) continue;
                if (_logprobs[member.Name] is not JsonArray list) _logprobs[member.Name] = list = [];
                foreach (var item in member.Value.EnumerateArray()) list.Add(JsonSerializer.SerializeToNode(item));
            }
        }
    }
}

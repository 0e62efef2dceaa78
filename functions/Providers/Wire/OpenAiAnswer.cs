using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Reads answers in OpenAI's format, whole ones and chunks of a stream alike, without objects in between. An answer that ends before it
/// says why is a failure, not a short answer.
/// </summary>
internal sealed class OpenAiAnswer(string model, Generation generation)
{
    private readonly string?[] _reasons = new string?[generation.Answers];
    private readonly bool _wantsLogprobs = generation.Settings.Logprobs == true || (!generation.IsChat && generation.Settings.TopLogprobs is not null);
    private readonly List<AnswerEvent> _events = [];
    private readonly List<AnswerToolCall> _calls = [];
    private string _model = model;
    private byte[] _modelBytes = [];
    private Usage? _usage;

    // Where the text of the document begins and ends; -1 where it says something else too.
    private (int Start, int End) _text;
    private readonly ChunkTemplate _template = new();

    /// <summary>What the last document said.</summary>
    public IReadOnlyList<AnswerEvent> Events => _events;

    /// <exception cref="UpstreamException">The document is an error, or not of the format.</exception>
    public void Read(ReadOnlySpan<byte> document)
    {
        _events.Clear();
        if (_template.TryRead(document, out var piece, out var index))
        {
            if (piece.Length > 0) _events.Add(new AnswerText(piece) { Index = index });
            return;
        }

        _text = default;
        try
        {
            if (!ReadDocument(new Utf8JsonReader(document))) throw Failed(document);
            if (_text.Start > 0 && _events is [AnswerText { Tokens: null, Logprobs: null } only]) _template.Keep(document, _text.Start, _text.End, only.Index);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }
    }

    /// <param name="isWhole">Whether the provider said that nothing follows; otherwise what is missing was lost on the way.</param>
    public AnswerCompleted Complete(bool isWhole)
    {
        if (Array.Exists(_reasons, reason => reason is null)) throw new UpstreamException(isWhole ? UpstreamFailure.InvalidResponse : UpstreamFailure.Connection);
        return new AnswerCompleted(_reasons[0]!, _usage, [], _model) { FinishReasons = _reasons.Length > 1 ? [.. _reasons.OfType<string>()] : null };
    }

    /// <returns>False when it has no choices.</returns>
    private bool ReadDocument(Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartObject);
        var hasChoices = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("choices"u8))
            {
                hasChoices = true;
                Expect(ref json, JsonTokenType.StartArray);
                while (json.Read() && json.TokenType == JsonTokenType.StartObject) ReadChoice(ref json);
                if (json.TokenType != JsonTokenType.EndArray) throw new JsonException();
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                ReadUsage(ref json);
            }
            else if (json.ValueTextEquals("model"u8))
            {
                json.Read();
                ReadModel(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        // An answer that is cut off inside of a document is none.
        return json.TokenType == JsonTokenType.EndObject && !json.Read() ? hasChoices : throw new JsonException();
    }

    private void ReadModel(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.String || json.ValueTextEquals(_modelBytes)) return;
        _modelBytes = json.ValueSpan.ToArray();
        if (json.GetString() is { Length: > 0 } name) _model = name;
    }

    private void ReadChoice(ref Utf8JsonReader json)
    {
        var index = 0;
        string? text = null;
        string? finish = null;
        List<int>? tokens = null;
        JsonElement? logprobs = null;
        _calls.Clear();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("index"u8))
            {
                json.Read();
                index = json.GetInt32();
            }
            else if (json.ValueTextEquals("delta"u8) || json.ValueTextEquals("message"u8))
            {
                text = ReadMessage(ref json) ?? text;
            }
            else if (json.ValueTextEquals("text"u8))
            {
                json.Read();
                text = json.GetString();
                Mark(json);
            }
            else if (json.ValueTextEquals("finish_reason"u8))
            {
                json.Read();
                finish = json.GetString();
            }
            else if (json.ValueTextEquals("token_ids"u8))
            {
                tokens = ReadTokens(ref json);
            }
            else if (_wantsLogprobs && json.ValueTextEquals("logprobs"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Null) logprobs = JsonElement.ParseValue(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (index < 0 || index >= _reasons.Length) throw new JsonException();
        if (finish is not null) _text = (-1, -1);
        if (text is { Length: > 0 } || tokens is { Count: > 0 } || logprobs is not null) _events.Add(new AnswerText(text ?? "") { Index = index, Tokens = tokens, Logprobs = logprobs });
        foreach (var call in _calls) _events.Add(call with { Index = index });
        if (finish is not null) _reasons[index] = FinishReasons.OfOpenAi(finish);
    }

    /// <summary>Remembers where a text stands. A document that says two things is no template for others.</summary>
    private void Mark(in Utf8JsonReader json) =>
        _text = _text == default && json.TokenType == JsonTokenType.String ? ((int)json.TokenStartIndex + 1, (int)json.BytesConsumed - 1) : (-1, -1);

    private string? ReadMessage(ref Utf8JsonReader json)
    {
        string? text = null;
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return null;
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            // A refusal is what the model says in place of content.
            if (json.ValueTextEquals("content"u8) || json.ValueTextEquals("refusal"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Null) text = json.GetString();
                Mark(json);
            }
            else if (json.ValueTextEquals("tool_calls"u8))
            {
                ReadCalls(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return text;
    }

    private void ReadCalls(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return;
        var calls = JsonElement.ParseValue(ref json);
        var position = 0;
        foreach (var call in calls.EnumerateArray())
        {
            var function = call.TryGetProperty("function", out var f) && f.ValueKind == JsonValueKind.Object ? f : default;
            _calls.Add(new AnswerToolCall(
                0,
                call.TryGetProperty("index", out var at) ? at.GetInt32() : position,
                Text(call, "id"),
                Text(function, "name"),
                Text(function, "arguments") ?? ""));
            position++;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static List<int>? ReadTokens(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return null;
        if (json.TokenType != JsonTokenType.StartArray) throw new JsonException();
        var tokens = new List<int>(1);
        while (json.Read() && json.TokenType == JsonTokenType.Number) tokens.Add(json.GetInt32());
        return tokens;
    }

    private void ReadUsage(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return;
        _text = (-1, -1);
        var usage = JsonElement.ParseValue(ref json);
        if (VendorJson.Count(usage, "prompt_tokens") is not { } prompt) return;
        _usage = Usage.Of(prompt, VendorJson.Count(usage, "completion_tokens") ?? 0, VendorJson.Count(VendorJson.Object(usage, "prompt_tokens_details"), "cached_tokens"));
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type) throw new JsonException();
    }

    /// <summary>A document without choices is an error that came after the first byte.</summary>
    private static UpstreamException Failed(ReadOnlySpan<byte> document)
    {
        var words = ErrorWords.Read(document);
        return words.Code is null && !words.IsTooLong
            ? new UpstreamException(UpstreamFailure.InvalidResponse)
            : new UpstreamException(UpstreamFailure.Status, 500) { Code = words.IsTooLong ? ErrorWords.ContextLengthExceeded : words.Code, Param = words.Param, Counts = words.Counts };
    }
}

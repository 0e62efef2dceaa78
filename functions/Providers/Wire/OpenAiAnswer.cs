using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Reads answers in OpenAI's format, whole ones and chunks of a stream alike, without objects in between. An answer that ends before it
/// says why is a failure, not a short answer.
/// </summary>
internal sealed class OpenAiAnswer(string model, Generation generation)
{
    private const int MaxWord = 128;

    private readonly string?[] _reasons = new string?[generation.Answers];
    private readonly bool _wantsLogprobs = generation.Settings.Logprobs == true || (!generation.IsChat && generation.Settings.TopLogprobs is not null);

    // OpenAI itself says "stop" after a call that was asked for by name. Of others (Ollama) some always say it, and clients that wait for the calls' reason see none.
    private readonly bool _endsByCalls = generation.Settings.ToolChoice is not { ValueKind: JsonValueKind.Object };
    private readonly List<AnswerEvent> _events = [];
    private readonly ToolCallPieces?[] _calls = new ToolCallPieces?[generation.Answers];
    private readonly List<CallPiece> _pieces = [];
    private string _model = model;
    private byte[] _modelBytes = [];
    private Usage? _usage;
    private string? _stop;
    private string? _tier;
    private string? _fingerprint;

    // Where the text of the document begins and ends; -1 where it says something else too.
    private (int Start, int End) _text;
    private readonly ChunkTemplate _template = new();

    // For each choice the first half of a character whose second half comes with the next chunk; null where none waits.
    private char[]? _halves;

    /// <summary>What the last document said.</summary>
    public IReadOnlyList<AnswerEvent> Events => _events;

    /// <exception cref="UpstreamException">The document is an error, or not of the format.</exception>
    public void Read(ReadOnlySpan<byte> document)
    {
        _events.Clear();
        if (_halves is null && _template.TryRead(document, out var piece, out var index))
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
        return new AnswerCompleted(_reasons[0]!, _usage, [], _model)
        {
            FinishReasons = _reasons.Length > 1 ? [.. _reasons.OfType<string>()] : null,
            StopString = StopString(),
            ServiceTier = _tier,
            SystemFingerprint = _fingerprint,
        };
    }

    /// <summary>Only one that was asked for: services have reasons of their own under the name.</summary>
    private string? StopString() => _stop is not null && _reasons[0] == "stop" && generation.Settings.Stop?.Contains(_stop) == true ? _stop : null;

    /// <returns>False when it has neither choices nor usage.</returns>
    private bool ReadDocument(Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartObject);
        // An event that says nothing keeps a connection.
        var hasChoices = IsEmpty(json);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("choices"u8))
            {
                // Some have null beside the usage at the end.
                json.Read();
                if (json.TokenType == JsonTokenType.Null) continue;
                hasChoices = true;
                if (json.TokenType != JsonTokenType.StartArray) throw new JsonException();
                while (json.Read() && json.TokenType == JsonTokenType.StartObject) ReadChoice(ref json);
                if (json.TokenType != JsonTokenType.EndArray) throw new JsonException();
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                hasChoices |= ReadUsage(ref json);
            }
            else if (json.ValueTextEquals("error"u8))
            {
                // One beside choices is one all the same.
                json.Read();
                if (json.TokenType != JsonTokenType.Null) return false;
            }
            else if (json.ValueTextEquals("object"u8))
            {
                // A chunk that says nothing is one all the same: services send such to keep a connection, or with what they filtered.
                json.Read();
                hasChoices |= json.TokenType == JsonTokenType.String && json.ValueTextEquals("chat.completion.chunk"u8);
            }
            else if (json.ValueTextEquals("model"u8))
            {
                json.Read();
                ReadModel(ref json);
            }
            else if (json.ValueTextEquals("service_tier"u8))
            {
                ReadWord(ref json, ref _tier);
            }
            else if (json.ValueTextEquals("system_fingerprint"u8))
            {
                ReadWord(ref json, ref _fingerprint);
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

    /// <summary>A short text about the whole answer; the last chunk that has it says it.</summary>
    private static void ReadWord(ref Utf8JsonReader json, ref string? word)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.String) json.Skip();
        else if (word is null || !json.ValueTextEquals(word)) word = json.GetString() is { Length: > 0 and <= MaxWord } said ? said : word;
    }

    private void ReadChoice(ref Utf8JsonReader json)
    {
        var index = 0;
        var message = default(Message);
        string? finish = null;
        List<int>? tokens = null;
        JsonElement? logprobs = null;
        _pieces.Clear();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("index"u8))
            {
                json.Read();
                index = json.GetInt32();
            }
            else if (json.ValueTextEquals("delta"u8) || json.ValueTextEquals("message"u8))
            {
                message = ReadMessage(ref json);
            }
            else if (json.ValueTextEquals("text"u8))
            {
                json.Read();
                message.Text = EscapedText.Read(json);
                Mark(json);
            }
            else if (json.ValueTextEquals("finish_reason"u8))
            {
                json.Read();
                finish = json.GetString() is { Length: > 0 } reason ? FinishReasons.OfOpenAi(reason) ?? throw new UpstreamException(UpstreamFailure.Status, 500) : null;
            }
            else if (json.ValueTextEquals("stop_reason"u8))
            {
                // vLLM's and SGLang's: the stop string that ended the text, a token's id, or nothing.
                json.Read();
                if (json.TokenType == JsonTokenType.String && json.GetString() is { Length: > 0 } stop && index == 0) _stop = stop;
                else json.Skip();
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
        message.Text = Whole(index, message.Text, isEnd: finish is not null);
        Say(index, message, tokens, logprobs);
        foreach (var piece in _pieces)
        {
            if ((_calls[index] ??= new ToolCallPieces(index)).Add(piece.Number, piece.Id, piece.Name, piece.Arguments, piece.Extra, piece.IsCustom) is { } call) _events.Add(call);
        }

        if (finish is null) return;
        _reasons[index] = finish == "stop" && _endsByCalls && _calls[index] is not null ? "tool_calls" : finish;
        // One that was cut off has no end to make up.
        if (finish != "length" && _calls[index] is { } calls) _events.AddRange(calls.End());
    }

    // Servers that cut texts by UTF-16 send a character outside the BMP as two escapes, in two chunks.
    private string? Whole(int index, string? text, bool isEnd)
    {
        var half = _halves?[index] ?? '\0';
        if (half == '\0' && (text is null || !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))) return text;
        if (half != '\0') text = half + text;
        _halves ??= new char[_reasons.Length];
        _halves[index] = !isEnd && text is [.., var last] && char.IsHighSurrogate(last) ? last : '\0';
        if (_halves[index] != '\0') text = text![..^1];
        if (Array.TrueForAll(_halves, waiting => waiting == '\0')) _halves = null;
        return text is null ? null : EscapedText.WithoutHalves(text);
    }

    private static bool IsEmpty(Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.EndObject;

    private void Say(int index, Message message, List<int>? tokens, JsonElement? logprobs)
    {
        if (message.Text is { Length: > 0 } || tokens is { Count: > 0 } || logprobs is not null || message.Extra is not null)
            _events.Add(new AnswerText(message.Text ?? "") { Index = index, Tokens = tokens, Logprobs = logprobs, Extra = message.Extra });
        if (message.Refusal is { Length: > 0 } refusal) _events.Add(new AnswerText(refusal) { Index = index, IsRefusal = true });
    }

    /// <summary>Remembers where a text stands. A document that says two things is no template for others.</summary>
    private void Mark(in Utf8JsonReader json) =>
        _text = _text == default && json.TokenType == JsonTokenType.String ? ((int)json.TokenStartIndex + 1, (int)json.BytesConsumed - 1) : (-1, -1);

    private Message ReadMessage(ref Utf8JsonReader json)
    {
        var message = default(Message);
        JsonObject? extra = null;
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return message;
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.StartArray) message.Text = Joined(JsonElement.ParseValue(ref json));
                else if (json.TokenType != JsonTokenType.Null) message.Text = EscapedText.Read(json);
                Mark(json);
            }
            else if (json.ValueTextEquals("refusal"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Null) message.Refusal = json.GetString();
                if (message.Refusal is { Length: > 0 }) _text = (-1, -1);
            }
            else if (json.ValueTextEquals("tool_calls"u8))
            {
                ReadCalls(ref json);
            }
            else if (json.ValueTextEquals("role"u8))
            {
                json.Skip();
            }
            else
            {
                ReadExtra(ref json, ref extra);
            }
        }

        if (extra is not null) message.Extra = JsonSerializer.SerializeToElement(extra, WireJson.Options);
        return message;
    }

    /// <summary>Keeps what the message holds beside what every message does, but for what says that there is nothing.</summary>
    private void ReadExtra(ref Utf8JsonReader json, ref JsonObject? extra)
    {
        var name = json.GetString()!;
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return;
        var value = JsonElement.ParseValue(ref json);
        var isNothing = value.ValueKind switch
        {
            JsonValueKind.String => value.ValueEquals(""u8),
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            _ => false,
        };
        if (isNothing) return;
        _text = (-1, -1);
        (extra ??= [])[name] = JsonSerializer.SerializeToNode(value);
    }

    /// <summary>The text of a content that comes in parts, as Mistral's and Databricks' thinking models send it; thoughts in it are none of the answer.</summary>
    private static string Joined(JsonElement parts) => string.Concat(parts.EnumerateArray().Where(p => Text(p, "type") is "text" or "output_text").Select(p => Text(p, "text")));

    private void ReadCalls(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return;
        var calls = JsonElement.ParseValue(ref json);
        foreach (var call in calls.EnumerateArray())
        {
            var custom = VendorJson.Object(call, CustomTools.Type);
            var function = custom ?? VendorJson.Object(call, "function");
            // Arguments are a text with JSON; as an object they say the same.
            var arguments = VendorJson.Object(function, "arguments")?.GetRawText() ?? VendorJson.Text(function, custom is null ? "arguments" : "input") ?? "";
            var piece = new CallPiece(VendorJson.Count(call, "index"), VendorJson.Text(call, "id"), VendorJson.Text(function, "name"), arguments, VendorJson.Object(call, "extra_content"));
            _pieces.Add(piece with { IsCustom = custom is not null });
        }
    }

    private static string? Text(JsonElement element, string name) => VendorJson.Text(element, name);

    private static List<int>? ReadTokens(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return null;
        if (json.TokenType != JsonTokenType.StartArray) throw new JsonException();
        var tokens = new List<int>(1);
        while (json.Read() && json.TokenType == JsonTokenType.Number) tokens.Add(json.GetInt32());
        return tokens;
    }

    private bool ReadUsage(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return false;
        _text = (-1, -1);
        var usage = JsonElement.ParseValue(ref json);
        if (VendorJson.Count(usage, "prompt_tokens") is not { } prompt) return false;
        // DeepSeek and Moonshot tell of their caches elsewhere.
        var cached = VendorJson.Count(VendorJson.Object(usage, "prompt_tokens_details"), "cached_tokens") ?? VendorJson.Count(usage, "prompt_cache_hit_tokens") ?? VendorJson.Count(usage, "cached_tokens");
        _usage = Usage.Of(prompt, VendorJson.Count(usage, "completion_tokens") ?? 0, cached, Written(usage)) with { CompletionTokensDetails = Details(VendorJson.Object(usage, "completion_tokens_details")) };
        return true;
    }

    /// <summary>OpenAI's name for it, and LiteLLM's.</summary>
    private static int? Written(JsonElement usage)
    {
        var details = VendorJson.Object(usage, "prompt_tokens_details");
        return VendorJson.Count(details, "cache_write_tokens") ?? VendorJson.Count(details, "cache_creation_tokens");
    }

    private static CompletionTokensDetails? Details(JsonElement? details)
    {
        if (details is null) return null;
        int? Of(string name) => VendorJson.Count(details, name);
        return new CompletionTokensDetails(Of("reasoning_tokens"), Of("accepted_prediction_tokens"), Of("rejected_prediction_tokens"), Of("audio_tokens"));
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type) throw new JsonException();
    }

    /// <summary>A document without choices is an error that came after the first byte.</summary>
    private static UpstreamException Failed(ReadOnlySpan<byte> document)
    {
        var words = ErrorWords.Read(document);
        return words.Code is null && !words.IsTooLong && words.Status is null ? new UpstreamException(UpstreamFailure.InvalidResponse) : VendorJson.Failed(document);
    }

    /// <summary>What a message or a delta of one holds.</summary>
    private struct Message
    {
        public string? Text { get; set; }

        public string? Refusal { get; set; }

        public JsonElement? Extra { get; set; }
    }

    private readonly record struct CallPiece(int? Number, string? Id, string? Name, string Arguments, JsonElement? Extra)
    {
        public bool IsCustom { get; init; }
    }
}

using System.Text.Json;
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
    private readonly List<OpenAiCallPiece> _pieces = [];
    private readonly IReadOnlyList<string> _tools = generation.Settings.Tools is { } tools ? [.. tools.EnumerateArray().Select(ToolNames.Of).OfType<string>()] : [];
    private string _model = model;
    private byte[] _modelBytes = [];
    private Usage? _usage;
    private string? _stop;
    private int? _only;
    private string? _tier;
    private string? _fingerprint;

    private TextPlace _place;
    private readonly ChunkTemplate _template = new();
    private readonly SplitCharacters _split = new(generation.Answers);

    /// <summary>What the last document said.</summary>
    public IReadOnlyList<AnswerEvent> Events => _events;

    /// <exception cref="UpstreamException">The document is an error, or not of the format.</exception>
    public void Read(ReadOnlySpan<byte> document)
    {
        _events.Clear();
        if (!_split.AreWaiting && _template.TryRead(document, out var piece, out var index))
        {
            if (piece.Length > 0) _events.Add(new AnswerText(piece) { Index = index });
            return;
        }

        _place = default;
        try
        {
            if (!ReadDocument(new Utf8JsonReader(document))) throw Failed(document);
            if (_place.IsKnown && _events is [AnswerText { Tokens: null, Logprobs: null } only]) _template.Keep(document, _place.Start, _place.End, only.Index);
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

    private HashSet<string> Taken() => (generation.Messages ?? []).SelectMany(message => message.ToolCalls ?? []).Select(call => call.Id).ToHashSet(StringComparer.Ordinal);

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
                for (var place = 0; json.Read() && json.TokenType == JsonTokenType.StartObject; place++) ReadChoice(ref json, place);
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
            else if (json.ValueTextEquals("type"u8))
            {
                // What proxies leave of Anthropic's streams, to keep a connection too.
                json.Read();
                if (json.TokenType == JsonTokenType.String) hasChoices |= json.ValueTextEquals("ping"u8);
                else json.Skip();
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

    /// <param name="place">Of the choice in its document, which is its index where it says none.</param>
    private void ReadChoice(ref Utf8JsonReader json, int place)
    {
        int? number = null;
        string? stop = null;
        var message = default(OpenAiMessage);
        string? finish = null;
        List<int>? tokens = null;
        JsonElement? logprobs = null;
        _pieces.Clear();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("index"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Null) number = json.GetInt32();
            }
            else if (json.ValueTextEquals("delta"u8) || json.ValueTextEquals("message"u8))
            {
                var isWhole = json.ValueTextEquals("message"u8);
                message = OpenAiMessage.Read(ref json, ref _place, _pieces);
                // In a whole message each is a call of its own, however it is numbered.
                for (var i = 0; isWhole && i < _pieces.Count; i++) _pieces[i] = _pieces[i] with { Number = i };
            }
            else if (json.ValueTextEquals("text"u8))
            {
                json.Read();
                message.Text = EscapedText.Read(json);
                _place.Mark(json);
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
                if (json.TokenType == JsonTokenType.String) stop = json.GetString();
                else json.Skip();
            }
            else if (json.ValueTextEquals("token_ids"u8))
            {
                tokens = ReadTokens(ref json);
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                // Moonshot's streams have it here.
                ReadUsage(ref json);
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

        var index = Index(number, place);
        if (stop is { Length: > 0 } && index == 0) _stop = stop;
        if (finish is not null) _place.SaysMore();
        message.Text = _split.Join(index, message.Text, isEnd: finish is not null);
        Say(index, message, tokens, logprobs);
        foreach (var piece in _pieces)
        {
            if ((_calls[index] ??= new ToolCallPieces(index, _tools, Taken())).Add(piece.Number, piece.Id, piece.Name, piece.Arguments, piece.Extra, piece.IsCustom) is { } call) _events.Add(call);
        }

        if (finish is null) return;
        _reasons[index] = FinishReasons.WithCalls(finish, _endsByCalls && _calls[index] is not null);
        // One that was cut off has no end to make up.
        if (_calls[index] is { } calls) _events.AddRange(finish == "length" ? calls.Broken() : calls.End());
    }

    /// <summary>Which of the answers a choice is. Where one was asked for it is that one, under whatever number (some count from 1); a second is no answer.</summary>
    private int Index(int? number, int place)
    {
        var index = number ?? place;
        if (_reasons.Length > 1) return index >= 0 && index < _reasons.Length ? index : throw new JsonException();
        if (number is null) return 0;
        _only ??= number;
        return _only == number ? 0 : throw new JsonException();
    }

    private static bool IsEmpty(Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.EndObject;

    private void Say(int index, in OpenAiMessage message, List<int>? tokens, JsonElement? logprobs)
    {
        if (message.Text is { Length: > 0 } || tokens is { Count: > 0 } || logprobs is not null || message.Extra is not null)
            _events.Add(new AnswerText(message.Text ?? "") { Index = index, Tokens = tokens, Logprobs = logprobs, Extra = message.Extra });
        if (message.Refusal is { Length: > 0 } refusal) _events.Add(new AnswerText(refusal) { Index = index, IsRefusal = true });
    }

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
        _place.SaysMore();
        if (OpenAiUsage.Of(JsonElement.ParseValue(ref json)) is not { } usage) return false;
        _usage = usage;
        return true;
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
}

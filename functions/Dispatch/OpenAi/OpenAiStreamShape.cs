using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Chunks in OpenAI's format. What is the same in all of them is written once; a piece of text is encoded into it without an object in between.
/// </summary>
internal sealed class OpenAiStreamShape : IStreamShape
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // What every JSON writer writes as it is.
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);

    private readonly bool _isChat;
    private readonly bool _hasDeltas;
    private readonly bool _includeUsage;
    private readonly byte[] _head;

    // Where usage comes at the end, all events before it say that theirs is null (OpenAI's stream_options).
    private readonly byte[] _tail;

    // A whole event around a piece of text: the digit of its choice stands at _digit, the text goes between the two.
    private readonly byte[] _textHead;
    private readonly byte[] _textTail;
    private readonly int _digit;
    private readonly HashSet<int> _begun = [];
    private readonly Utf8JsonWriter _json;

    /// <param name="hasDeltas">Whether a choice's text is in a <c>delta</c>: in chats, and in completions as MLflow streams them.</param>
    public OpenAiStreamShape(string id, string kind, long created, string model, bool isChat, bool hasDeltas, bool includeUsage)
    {
        (_isChat, _hasDeltas, _includeUsage) = (isChat, hasDeltas, includeUsage);
        var head = new ArrayBufferWriter<byte>();
        head.Write("data: "u8);
        using (var json = new Utf8JsonWriter(head, Options))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("object"u8, kind);
            json.WriteNumber("created"u8, created);
            json.WriteString("model"u8, model);
        }

        head.Write(",\"choices\":["u8);
        _head = head.WrittenSpan.ToArray();
        _json = new Utf8JsonWriter(Stream.Null, Options);
        _digit = _head.Length + "{\"index\":"u8.Length;
        _textHead = [.. _head, .. "{\"index\":0,"u8, .. hasDeltas ? "\"delta\":{\"content\":\""u8 : "\"text\":\""u8];
        _tail = [.. includeUsage ? "}],\"usage\":null}\n\n"u8 : "}]}\n\n"u8];
        _textTail = [.. hasDeltas ? "\"}"u8 : "\""u8, .. isChat ? ""u8 : ",\"logprobs\":null"u8, .. ",\"finish_reason\":null"u8, .. _tail];
    }

    public void Write(IBufferWriter<byte> output, AnswerEvent answer)
    {
        switch (answer)
        {
            case AnswerText text:
                Role(output, text.Index);
                if (TryWritePlain(output, text)) break;
                Open(output, text.Index);
                if (!_isChat || text is { IsRefusal: false, Extra: null })
                {
                    output.Write(_hasDeltas ? "\"delta\":{\"content\":"u8 : "\"text\":"u8);
                    Text(output, text.Text);
                }
                else
                {
                    Delta(output, text);
                }

                Close(output, text.Logprobs, null);
                break;
            case AnswerToolCall call:
                Role(output, call.Index);
                Open(output, call.Index);
                Call(output, call);
                Close(output, null, null);
                break;
            case AnswerCompleted completed:
                Complete(output, completed);
                break;
        }
    }

    public void End(IBufferWriter<byte> output) => output.Write("data: [DONE]\n\n"u8);

    public void Fail(IBufferWriter<byte> output, ErrorDetail error)
    {
        output.Write("data: "u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(error), WireJson.Options));
        output.Write("\n\n"u8);
    }

    private void Role(IBufferWriter<byte> output, int index)
    {
        if (!_isChat || !_begun.Add(index)) return;
        Open(output, index);
        output.Write("\"delta\":{\"role\":\"assistant\",\"content\":\"\""u8);
        Close(output, null, null);
    }

    /// <summary>Writes the event in one piece where nothing of the text is escaped: each piece costs a look at the response's state.</summary>
    private bool TryWritePlain(IBufferWriter<byte> output, AnswerText text)
    {
        if (text.Logprobs is not null || text.Extra is not null || text.IsRefusal || text.Index > 9 || text.Text.AsSpan().ContainsAnyExcept(Plain)) return false;
        var span = output.GetSpan(_textHead.Length + text.Text.Length + _textTail.Length);
        _textHead.CopyTo(span);
        span[_digit] = (byte)('0' + text.Index);
        var written = _textHead.Length + Encoding.ASCII.GetBytes(text.Text, span[_textHead.Length..]);
        _textTail.CopyTo(span[written..]);
        output.Advance(written + _textTail.Length);
        return true;
    }

    private void Complete(IBufferWriter<byte> output, AnswerCompleted completed)
    {
        for (var i = 0; i < (completed.FinishReasons?.Count ?? 1); i++)
        {
            Role(output, i);
            Open(output, i);
            output.Write(_hasDeltas ? "\"delta\":{"u8 : "\"text\":\"\""u8);
            if (_hasDeltas) Sources(output, completed);

            Close(output, null, completed.ReasonOf(i), completed);
        }

        // A chunk of neither choices nor usage says nothing.
        if (!_includeUsage || completed.Usage is not { } usage) return;
        output.Write(_head);
        output.Write("],\"usage\":"u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(usage, WireJson.Options));
        output.Write("}\n\n"u8);
    }

    /// <summary>What a rag route's answer rests on, in our shape and in Azure's.</summary>
    private static void Sources(IBufferWriter<byte> output, AnswerCompleted completed)
    {
        if (completed.Citations.Count > 0)
        {
            output.Write("\"citations\":"u8);
            output.Write(JsonSerializer.SerializeToUtf8Bytes(completed.Citations, WireJson.Options));
        }

        if (completed.Answered is null) return;
        output.Write(completed.Citations.Count > 0 ? ",\"context\":"u8 : "\"context\":"u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(OpenAiAnswers.Context(completed), WireJson.Options));
    }

    private void Open(IBufferWriter<byte> output, int index)
    {
        output.Write(_head);
        output.Write("{\"index\":"u8);
        if (index < 10)
        {
            output.GetSpan(1)[0] = (byte)('0' + index);
            output.Advance(1);
        }
        else
        {
            index.TryFormat(output.GetSpan(11), out var written, provider: CultureInfo.InvariantCulture);
            output.Advance(written);
        }

        output.Write(","u8);
    }

    /// <param name="end">What is told of the whole answer beside its last chunks; null before them.</param>
    private void Close(IBufferWriter<byte> output, JsonElement? logprobs, string? finish, AnswerCompleted? end = null)
    {
        if (_hasDeltas) output.Write("}"u8);
        if (logprobs is { } given) Logprobs(output, given);
        else if (!_isChat) output.Write(",\"logprobs\":null"u8);
        output.Write(",\"finish_reason\":"u8);
        if (finish is null) output.Write("null"u8);
        else Text(output, finish);
        if (end is null or { ServiceTier: null, SystemFingerprint: null })
        {
            output.Write(_tail);
            return;
        }

        output.Write("}]"u8);
        Told(output, ",\"service_tier\":"u8, end.ServiceTier);
        Told(output, ",\"system_fingerprint\":"u8, end.SystemFingerprint);
        output.Write(_tail.AsSpan(2));
    }

    private void Told(IBufferWriter<byte> output, ReadOnlySpan<byte> name, string? word)
    {
        if (word is null) return;
        output.Write(name);
        Text(output, word);
    }

    /// <summary>As OpenAI's description requires them: those of a chat with their <c>refusal</c>, be it null.</summary>
    private void Logprobs(IBufferWriter<byte> output, JsonElement given)
    {
        output.Write(",\"logprobs\":"u8);
        _json.Reset(output);
        if (_isChat && given.ValueKind == JsonValueKind.Object && !given.TryGetProperty("refusal"u8, out _))
        {
            _json.WriteStartObject();
            foreach (var member in given.EnumerateObject()) member.WriteTo(_json);
            _json.WriteNull("refusal"u8);
            _json.WriteEndObject();
        }
        else
        {
            given.WriteTo(_json);
        }

        _json.Flush();
    }

    private void Text(IBufferWriter<byte> output, string text)
    {
        _json.Reset(output);
        _json.WriteStringValue(text);
        _json.Flush();
    }

    /// <summary>A delta that is more than content.</summary>
    private void Delta(IBufferWriter<byte> output, AnswerText text)
    {
        output.Write("\"delta\":{"u8);
        if (text.Text.Length > 0)
        {
            output.Write(text.IsRefusal ? "\"refusal\":"u8 : "\"content\":"u8);
            Text(output, text.Text);
        }

        if (text.Extra is not { } extra) return;
        if (text.Text.Length > 0) output.Write(","u8);
        // The members of an object, without what is around them.
        output.Write(JsonMarshal.GetRawUtf8Value(extra)[1..^1]);
    }

    private void Call(IBufferWriter<byte> output, AnswerToolCall call)
    {
        output.Write("\"delta\":{\"tool_calls\":"u8);
        _json.Reset(output);
        _json.WriteStartArray();
        _json.WriteStartObject();
        _json.WriteNumber("index"u8, call.Call);
        if (call.Id is not null)
        {
            _json.WriteString("id"u8, call.Id);
            _json.WriteString("type"u8, call.IsCustom ? "custom"u8 : "function"u8);
        }

        _json.WriteStartObject(call.IsCustom ? "custom"u8 : "function"u8);
        if (call.Name is not null) _json.WriteString("name"u8, call.Name);
        _json.WriteString(call.IsCustom ? "input"u8 : "arguments"u8, call.Arguments);
        _json.WriteEndObject();
        if (call.Extra is { } extra)
        {
            _json.WritePropertyName("extra_content"u8);
            extra.WriteTo(_json);
        }

        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.Flush();
    }
}

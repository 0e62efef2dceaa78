using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Answers of Anthropic's Messages API, whole and streamed. Tokens read from and written to its cache are tokens of the prompt.</summary>
internal sealed class AnthropicAnswer(string model)
{
    private readonly ToolCallPieces _calls = new(0);
    private readonly SignedThoughts _thoughts = new();

    // Calls whose arguments came with their beginning, as servers of this API send them that have no pieces; at Anthropic itself they are empty then.
    private readonly Dictionary<int, string> _whole = [];
    private string _model = model;
    private string? _reason;
    private string? _stop;
    private int? _fresh;
    private int? _written;
    private int? _cached;
    private int _output;
    private bool _hasBegun;

    /// <returns>What the event adds; null for nothing.</returns>
    /// <exception cref="UpstreamException">An error event, or no event of the API.</exception>
    public AnswerEvent? Read(ReadOnlySpan<byte> data)
    {
        var added = ReadEvent(data);
        if (added is null || _hasBegun) return added;
        _hasBegun = true;
        return added with { Prompt = UsageOf(0) };
    }

    private AnswerEvent? ReadEvent(ReadOnlySpan<byte> data)
    {
        var item = VendorJson.Parse(data);
        var block = VendorJson.Count(item, "index") ?? 0;
        switch (VendorJson.Text(item, "type"))
        {
            case "message_start":
                var message = VendorJson.Object(item, "message");
                _model = VendorJson.Text(message, "model") ?? _model;
                Count(VendorJson.Object(message, "usage"));
                return null;
            case "content_block_start":
                return Begin(VendorJson.Object(item, "content_block"), block);
            case "content_block_delta":
                var delta = VendorJson.Object(item, "delta");
                return VendorJson.Text(delta, "type") switch
                {
                    "text_delta" => new AnswerText(VendorJson.Text(delta, "text") ?? ""),
                    "thinking_delta" when VendorJson.Text(delta, "thinking") is { Length: > 0 } thought => _thoughts.Add(thought),
                    "signature_delta" => _thoughts.Sign(VendorJson.Text(delta, "signature")),
                    "input_json_delta" when VendorJson.Text(delta, "partial_json") is { Length: > 0 } piece => Continue(block, piece),
                    _ => null,
                };
            case "content_block_stop":
                return _thoughts.End() ?? (_whole.Remove(block, out var whole) ? _calls.Add(block, null, null, whole) : (AnswerEvent?)_calls.End(block).FirstOrDefault());
            case "message_delta":
                _reason = VendorJson.Text(VendorJson.Object(item, "delta"), "stop_reason") ?? _reason;
                _stop = VendorJson.Text(VendorJson.Object(item, "delta"), "stop_sequence") ?? _stop;
                Count(VendorJson.Object(item, "usage"));
                return null;
            case "message_stop":
                return Complete();
            case "error":
                throw VendorJson.Failed(data);
            case null:
                throw new UpstreamException(UpstreamFailure.InvalidResponse);
            default:
                return null;
        }
    }

    public IEnumerable<AnswerEvent> ReadWhole(ReadOnlySpan<byte> document)
    {
        var message = VendorJson.Parse(document);
        if (VendorJson.Text(message, "type") != "message") throw new UpstreamException(UpstreamFailure.InvalidResponse);
        _model = VendorJson.Text(message, "model") ?? _model;
        _reason = VendorJson.Text(message, "stop_reason");
        _stop = VendorJson.Text(message, "stop_sequence");
        Count(VendorJson.Object(message, "usage"));
        var events = new List<AnswerEvent>();
        foreach (var block in VendorJson.Items(message, "content"))
        {
            if (VendorJson.Text(block, "type") == "text") events.Add(new AnswerText(VendorJson.Text(block, "text") ?? ""));
            if (VendorJson.Text(block, "type") == "thinking" && VendorJson.Text(block, "thinking") is { Length: > 0 } thought) events.Add(_thoughts.Add(thought));
            _thoughts.Sign(VendorJson.Text(block, "signature"));
            if (_thoughts.End() is { } signed) events.Add(signed);
            if (VendorJson.Text(block, "type") == "redacted_thinking") events.Add(SignedThoughts.Block(JsonObject.Create(block)!));
            if (VendorJson.Text(block, "type") != "tool_use") continue;
            events.Add(_calls.Add(_calls.Count, VendorJson.Text(block, "id"), VendorJson.Text(block, "name"), VendorJson.Arguments(block, "input"))!);
        }

        events.AddRange(_calls.End());
        events.Add(Complete());
        return events;
    }

    private AnswerToolCall? Continue(int block, string piece)
    {
        _whole.Remove(block);
        return _calls.Add(block, null, null, piece);
    }

    private AnswerToolCall? BeginCall(JsonElement? content, int block)
    {
        if (VendorJson.Arguments(content, "input") is { Length: > 0 } arguments) _whole[block] = arguments;
        return _calls.Add(block, VendorJson.Text(content, "id"), VendorJson.Text(content, "name"), "");
    }

    private AnswerEvent? Begin(JsonElement? content, int block) => VendorJson.Text(content, "type") switch
    {
        "tool_use" => BeginCall(content, block),
        "redacted_thinking" => SignedThoughts.Block(JsonObject.Create(content!.Value)!),
        // Empty at Anthropic itself; who speaks its API need not have it so.
        "text" when VendorJson.Text(content, "text") is { Length: > 0 } text => new AnswerText(text),
        "thinking" when VendorJson.Text(content, "thinking") is { Length: > 0 } thought => _thoughts.Add(thought),
        _ => null,
    };

    // Counts only grow; proxies say 0 at the one end or the other of a stream for what they do not know there.
    private void Count(JsonElement? usage)
    {
        _fresh = Known(_fresh, "input_tokens");
        _written = Known(_written, "cache_creation_input_tokens");
        _cached = Known(_cached, "cache_read_input_tokens");
        _output = Known(_output, "output_tokens") ?? 0;

        int? Known(int? before, string name) => VendorJson.Count(usage, name) is { } count && (count > 0 || before is null) ? count : before;
    }

    private AnswerCompleted Complete()
    {
        if (_reason is null) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        return new AnswerCompleted(FinishReasons.WithCalls(FinishReasons.OfAnthropic(_reason), _calls.Count > 0), UsageOf(_output), [], _model) { StopString = _reason == "stop_sequence" ? _stop : null };
    }

    private Usage? UsageOf(int output) => _fresh is { } fresh ? Usage.Of(fresh + (_written ?? 0) + (_cached ?? 0), output, _cached, _written) : null;
}

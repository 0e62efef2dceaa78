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
                    "input_json_delta" => _calls.Add(block, null, null, VendorJson.Text(delta, "partial_json") ?? ""),
                    _ => null,
                };
            case "content_block_stop":
                return _thoughts.End() ?? (AnswerEvent?)_calls.End(block).FirstOrDefault();
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
            var input = VendorJson.Object(block, "input");
            events.Add(_calls.Add(_calls.Count, VendorJson.Text(block, "id"), VendorJson.Text(block, "name"), input?.GetRawText() ?? "{}")!);
        }

        events.Add(Complete());
        return events;
    }

    private AnswerEvent? Begin(JsonElement? content, int block) => VendorJson.Text(content, "type") switch
    {
        "tool_use" => _calls.Add(block, VendorJson.Text(content, "id"), VendorJson.Text(content, "name"), ""),
        "redacted_thinking" => SignedThoughts.Block(JsonObject.Create(content!.Value)!),
        // Empty at Anthropic itself; who speaks its API need not have it so.
        "text" when VendorJson.Text(content, "text") is { Length: > 0 } text => new AnswerText(text),
        _ => null,
    };

    private void Count(JsonElement? usage)
    {
        _fresh = VendorJson.Count(usage, "input_tokens") ?? _fresh;
        _written = VendorJson.Count(usage, "cache_creation_input_tokens") ?? _written;
        _cached = VendorJson.Count(usage, "cache_read_input_tokens") ?? _cached;
        _output = VendorJson.Count(usage, "output_tokens") ?? _output;
    }

    private AnswerCompleted Complete()
    {
        if (_reason is null) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        return new AnswerCompleted(FinishReasons.OfAnthropic(_reason), UsageOf(_output), [], _model) { StopString = _reason == "stop_sequence" ? _stop : null };
    }

    private Usage? UsageOf(int output) => _fresh is { } fresh ? Usage.Of(fresh + (_written ?? 0) + (_cached ?? 0), output, _cached, _written) : null;
}

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
    private readonly List<AnswerEvent> _events = [];
    private string _model = model;
    private string? _reason;
    private string? _stop;
    private int? _fresh;
    private int? _written;
    private int? _cached;
    private int _output;
    private bool _hasBegun;

    /// <returns>What the event adds; the list is the next event's too.</returns>
    /// <exception cref="UpstreamException">An error event, or no event of the API.</exception>
    public IReadOnlyList<AnswerEvent> Read(ReadOnlySpan<byte> data)
    {
        _events.Clear();
        ReadEvent(data);
        if (_hasBegun || _events.Count == 0) return _events;
        _hasBegun = true;
        _events[0] = _events[0] with { Prompt = UsageOf(0) };
        return _events;
    }

    private void ReadEvent(ReadOnlySpan<byte> data)
    {
        var item = VendorJson.Parse(data);
        var block = VendorJson.Count(item, "index") ?? 0;
        switch (VendorJson.Text(item, "type"))
        {
            case "message_start":
                var message = VendorJson.Object(item, "message");
                _model = VendorJson.Text(message, "model") ?? _model;
                Count(VendorJson.Object(message, "usage"));
                break;
            case "content_block_start":
                // Not every server of the API says that the block before has ended.
                Add(_thoughts.End());
                Begin(VendorJson.Object(item, "content_block"), block);
                break;
            case "content_block_delta":
                Continue(VendorJson.Object(item, "delta"), block);
                break;
            case "content_block_stop":
                Add(_thoughts.End());
                _events.AddRange(_calls.End(block));
                break;
            case "message_delta":
                _reason = VendorJson.Text(VendorJson.Object(item, "delta"), "stop_reason") ?? _reason;
                _stop = VendorJson.Text(VendorJson.Object(item, "delta"), "stop_sequence") ?? _stop;
                Count(VendorJson.Object(item, "usage"));
                break;
            case "message_stop":
                Complete();
                break;
            case "error":
                throw VendorJson.Failed(data);
            case null:
                throw VendorJson.NoAnswer(item, data);
        }
    }

    /// <summary>The end of a stream that has not been told: not every server of the API sends <c>message_stop</c>, and why an answer ended comes before it.</summary>
    /// <exception cref="UpstreamException">The answer broke off.</exception>
    public IReadOnlyList<AnswerEvent> End()
    {
        if (_reason is null) throw new UpstreamException(UpstreamFailure.Connection);
        _events.Clear();
        Complete();
        return _events;
    }

    public IReadOnlyList<AnswerEvent> ReadWhole(ReadOnlySpan<byte> document)
    {
        var message = VendorJson.Parse(document);
        if (VendorJson.Text(message, "type") != "message") throw VendorJson.NoAnswer(message, document);
        _model = VendorJson.Text(message, "model") ?? _model;
        _reason = VendorJson.Text(message, "stop_reason");
        _stop = VendorJson.Text(message, "stop_sequence");
        Count(VendorJson.Object(message, "usage"));
        var number = 0;
        foreach (var block in VendorJson.Items(message, "content"))
        {
            Begin(block, number);
            Add(_thoughts.End());
            _events.AddRange(_calls.End(number++));
        }

        Complete();
        return _events;
    }

    /// <summary>A block of an answer, whole, or as a stream begins it: empty at Anthropic itself, which who speaks its API need not have it.</summary>
    private void Begin(JsonElement? content, int block)
    {
        switch (VendorJson.Text(content, "type"))
        {
            case "text":
                Say(VendorJson.Text(content, "text"));
                break;
            case "thinking":
                Think(VendorJson.Text(content, "thinking"));
                _thoughts.Sign(VendorJson.Text(content, "signature"));
                break;
            case "redacted_thinking":
                Add(SignedThoughts.Block(JsonObject.Create(content!.Value)!));
                break;
            case "tool_use":
                Add(_calls.Start(block, VendorJson.Text(content, "id"), VendorJson.Text(content, "name"), VendorJson.Arguments(content, "input")));
                break;
        }
    }

    private void Continue(JsonElement? delta, int block)
    {
        switch (VendorJson.Text(delta, "type"))
        {
            case "text_delta":
                Say(VendorJson.Text(delta, "text"));
                break;
            case "thinking_delta":
                Think(VendorJson.Text(delta, "thinking"));
                break;
            case "signature_delta":
                _thoughts.Sign(VendorJson.Text(delta, "signature"));
                break;
            // What is called at Anthropic itself has input too, and is no call of the client's.
            case "input_json_delta" when _calls.Has(block):
                Add(_calls.Add(block, null, null, VendorJson.Text(delta, "partial_json") ?? ""));
                break;
        }
    }

    private void Say(string? text)
    {
        if (text is { Length: > 0 }) Add(new AnswerText(text));
    }

    private void Think(string? thought)
    {
        if (thought is { Length: > 0 }) Add(_thoughts.Add(thought));
    }

    private void Add(AnswerEvent? piece)
    {
        if (piece is not null) _events.Add(piece);
    }

    // Counts only grow; proxies say 0 at the one end or the other of a stream for what they do not know there.
    private void Count(JsonElement? usage)
    {
        _fresh = Known(_fresh, "input_tokens");
        _written = Known(_written, "cache_creation_input_tokens");
        _cached = Known(_cached, "cache_read_input_tokens");
        _output = Known(_output, "output_tokens") ?? 0;

        int? Known(int? before, string name) => VendorJson.Count(usage, name) is { } count && (count > 0 || before is null) ? count : before;
    }

    private void Complete()
    {
        if (_reason is null) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        Add(_thoughts.End());
        // One that was cut off has no end to make up.
        var reason = FinishReasons.WithCalls(FinishReasons.OfAnthropic(_reason), _calls.Count > 0);
        if (reason != "length") _events.AddRange(_calls.End());
        Add(new AnswerCompleted(reason, UsageOf(_output), [], _model) { StopString = _reason == "stop_sequence" ? _stop : null });
    }

    /// <summary>Null where the prompt's are not told, or are 0, which no prompt has.</summary>
    private Usage? UsageOf(int output) => _fresh + (_written ?? 0) + (_cached ?? 0) is > 0 and var prompt ? Usage.Of(prompt, output, _cached, _written) : null;
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Answers of Bedrock's Converse API, whole and streamed.</summary>
internal sealed class BedrockAnswer(string model)
{
    private readonly ToolCallPieces _calls = new(0);
    private readonly SignedThoughts _thoughts = new();
    private string? _reason;
    private Usage? _usage;

    /// <param name="type">The event's type, or an exception's.</param>
    /// <returns>What the event adds; null for nothing.</returns>
    public AnswerEvent? Read(string type, ReadOnlySpan<byte> payload)
    {
        if (type.EndsWith("Exception", StringComparison.Ordinal))
        {
            var status = type switch { "throttlingException" => 429, "validationException" => 400, "serviceUnavailableException" => 503, _ => 500 };
            throw new UpstreamException(UpstreamFailure.Status, status) { Code = ErrorWords.Word(char.ToUpperInvariant(type[0]) + type[1..]) };
        }

        var item = VendorJson.Parse(payload);
        var block = VendorJson.Count(item, "contentBlockIndex") ?? 0;
        switch (type)
        {
            case "contentBlockStart":
                if (VendorJson.Object(VendorJson.Object(item, "start"), "toolUse") is not { } use) return null;
                return _calls.Start(block, VendorJson.Text(use, "toolUseId"), VendorJson.Text(use, "name"), VendorJson.Arguments(use, "input"));
            case "contentBlockDelta":
                var delta = VendorJson.Object(item, "delta");
                if (VendorJson.Text(delta, "text") is { } text) return new AnswerText(text);
                if (VendorJson.Object(delta, "reasoningContent") is { } reasoning)
                {
                    if (VendorJson.Text(reasoning, "text") is { Length: > 0 } thought) return _thoughts.Add(thought);
                    return VendorJson.Text(reasoning, "redactedContent") is { } hidden ? Redacted(hidden) : _thoughts.Sign(VendorJson.Text(reasoning, "signature"));
                }

                return VendorJson.Object(delta, "toolUse") is { } more && _calls.Has(block) ? _calls.Add(block, null, null, VendorJson.Arguments(more, "input")) : null;
            case "contentBlockStop":
                return _thoughts.End() ?? (AnswerEvent?)_calls.End(block).FirstOrDefault();
            case "messageStop":
                _reason = VendorJson.Text(item, "stopReason");
                return null;
            case "metadata":
                Count(VendorJson.Object(item, "usage"));
                return null;
            default:
                return null;
        }
    }

    public IEnumerable<AnswerEvent> ReadWhole(ReadOnlySpan<byte> document)
    {
        var answer = VendorJson.Parse(document);
        if (VendorJson.Object(answer, "output") is null) throw VendorJson.NoAnswer(answer, document);
        _reason = VendorJson.Text(answer, "stopReason");
        Count(VendorJson.Object(answer, "usage"));
        var events = new List<AnswerEvent>();
        foreach (var block in VendorJson.Items(VendorJson.Object(VendorJson.Object(answer, "output"), "message"), "content"))
        {
            if (VendorJson.Text(block, "text") is { Length: > 0 } text) events.Add(new AnswerText(text));
            foreach (var cited in VendorJson.Items(VendorJson.Object(block, "citationsContent"), "content"))
            {
                if (VendorJson.Text(cited, "text") is { Length: > 0 } said) events.Add(new AnswerText(said));
            }

            var reasoning = VendorJson.Object(block, "reasoningContent");
            if (VendorJson.Text(VendorJson.Object(reasoning, "reasoningText"), "text") is { Length: > 0 } thought) events.Add(_thoughts.Add(thought));
            _thoughts.Sign(VendorJson.Text(VendorJson.Object(reasoning, "reasoningText"), "signature"));
            if (_thoughts.End() is { } signed) events.Add(signed);
            if (VendorJson.Text(reasoning, "redactedContent") is { } hidden) events.Add(Redacted(hidden));
            if (VendorJson.Object(block, "toolUse") is not { } use) continue;
            events.Add(_calls.Add(_calls.Count, VendorJson.Text(use, "toolUseId"), VendorJson.Text(use, "name"), VendorJson.Arguments(use, "input"))!);
        }

        events.AddRange(_calls.End());
        events.Add(Complete(isWhole: true));
        return events;
    }

    /// <summary>What a stream's calls lack at its end, where their blocks' ends were not told; nothing of an answer that was cut off.</summary>
    public IEnumerable<AnswerToolCall> Rest() => _reason is null || FinishReasons.OfBedrock(_reason) == "length" ? [] : _calls.End();

    private static AnswerText Redacted(string data) => SignedThoughts.Block(new JsonObject { ["type"] = "redacted_thinking", ["data"] = data });

    public AnswerCompleted Complete(bool isWhole) => _reason is null
        ? throw new UpstreamException(isWhole ? UpstreamFailure.InvalidResponse : UpstreamFailure.Connection)
        : new AnswerCompleted(FinishReasons.WithCalls(FinishReasons.OfBedrock(_reason) ?? throw new UpstreamException(UpstreamFailure.InvalidResponse), _calls.Count > 0), _usage, [], model);

    private void Count(JsonElement? usage)
    {
        if (VendorJson.Count(usage, "inputTokens") is not { } input) return;
        var cached = VendorJson.Count(usage, "cacheReadInputTokens");
        var written = VendorJson.Count(usage, "cacheWriteInputTokens");
        _usage = Usage.Of(input + (cached ?? 0) + (written ?? 0), VendorJson.Count(usage, "outputTokens") ?? 0, cached, written);
    }
}

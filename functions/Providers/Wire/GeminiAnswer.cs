using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Answers of the Gemini API; each event of a stream has the shape of a whole answer. Thoughts come where they were asked for; their tokens are of the answer's.</summary>
internal sealed class GeminiAnswer(string model, int answers)
{
    private readonly string?[] _reasons = new string?[answers];
    private readonly ToolCallPieces?[] _calls = new ToolCallPieces?[answers];
    private string _model = model;
    private Usage? _usage;
    private bool _isSigned;
    private bool _hasBegun;

    public IReadOnlyList<AnswerEvent> Read(ReadOnlySpan<byte> data)
    {
        var item = VendorJson.Parse(data);
        if (item.TryGetProperty("error", out _)) throw VendorJson.Failed(data);
        _model = VendorJson.Text(item, "modelVersion") ?? _model;
        Count(VendorJson.Object(item, "usageMetadata"));
        var events = new List<AnswerEvent>();
        foreach (var candidate in VendorJson.Items(item, "candidates"))
        {
            var index = VendorJson.Count(candidate, "index") ?? 0;
            if (index >= _reasons.Length) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            foreach (var part in VendorJson.Items(VendorJson.Object(candidate, "content"), "parts")) Part(part, index, events);
            if (VendorJson.Text(candidate, "finishReason") is { } reason) _reasons[index] = _calls[index] is not null && reason == "STOP" ? "tool_calls" : FinishReasons.OfGemini(reason) ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }

        // A prompt that is blocked has no candidates.
        if (VendorJson.Text(VendorJson.Object(item, "promptFeedback"), "blockReason") is not null) Array.Fill(_reasons, "content_filter");
        if (events.Count == 0 || _hasBegun) return events;
        _hasBegun = true;
        if (_usage is { } known) events[0] = events[0] with { Prompt = known with { CompletionTokens = 0, TotalTokens = known.PromptTokens, CompletionTokensDetails = null } };
        return events;
    }

    public AnswerCompleted Complete(bool isWhole)
    {
        if (Array.Exists(_reasons, reason => reason is null)) throw new UpstreamException(isWhole ? UpstreamFailure.InvalidResponse : UpstreamFailure.Connection);
        return new AnswerCompleted(_reasons[0]!, _usage, [], _model) { FinishReasons = _reasons.Length > 1 ? [.. _reasons.OfType<string>()] : null };
    }

    private void Part(JsonElement part, int index, List<AnswerEvent> events)
    {
        if (part.ValueKind != JsonValueKind.Object) return;
        if (VendorJson.Text(part, "text") is { Length: > 0 } text) events.Add(part.TryGetProperty("thought", out var thought) && thought.ValueKind == JsonValueKind.True ? AnswerText.Thought(text, index) : new AnswerText(text) { Index = index });
        // What it signs it wants to see again, under the name that its OpenAI endpoint has for it.
        var signature = VendorJson.Text(part, "thoughtSignature") is { Length: > 0 } signed ? new JsonObject { ["google"] = new JsonObject { ["thought_signature"] = signed } } : null;
        if (VendorJson.Object(part, "functionCall") is not { } call)
        {
            if (signature is not null && !_isSigned) events.Add(new AnswerText("") { Index = index, Extra = JsonSerializer.SerializeToElement(new JsonObject { ["extra_content"] = signature }, WireJson.Options) });
            _isSigned |= signature is not null;
            return;
        }

        // The API gives no ids, or some; a result is matched by the function's name.
        JsonElement? extra = signature is null ? null : JsonSerializer.SerializeToElement(signature, WireJson.Options);
        var calls = _calls[index] ??= new ToolCallPieces(index);
        events.Add(calls.Add(calls.Count, VendorJson.Text(call, "id"), VendorJson.Text(call, "name"), VendorJson.Object(call, "args")?.GetRawText() ?? "{}", extra)!);
    }

    private void Count(JsonElement? usage)
    {
        if (VendorJson.Count(usage, "promptTokenCount") is not { } prompt) return;
        var thoughts = VendorJson.Count(usage, "thoughtsTokenCount");
        var output = (VendorJson.Count(usage, "candidatesTokenCount") ?? 0) + (thoughts ?? 0);
        _usage = Usage.Of(prompt, output, VendorJson.Count(usage, "cachedContentTokenCount")) with { CompletionTokensDetails = thoughts is null ? null : new CompletionTokensDetails(thoughts) };
    }
}

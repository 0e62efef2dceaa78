using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Answers of Cohere's <c>/v2/chat</c>, whole and streamed.</summary>
internal sealed class CohereAnswer(string model)
{
    private readonly ToolCallPieces _calls = new(0);

    /// <returns>What the event adds; null for nothing.</returns>
    public AnswerEvent? Read(ReadOnlySpan<byte> data)
    {
        var item = VendorJson.Parse(data);
        var delta = VendorJson.Object(item, "delta");
        var message = VendorJson.Object(delta, "message");
        switch (VendorJson.Text(item, "type"))
        {
            case "content-start" or "content-delta":
                var content = VendorJson.Object(message, "content");
                return VendorJson.Text(content, "thinking") is { Length: > 0 } thought ? AnswerText.Thought(thought) : VendorJson.Text(content, "text") is { Length: > 0 } text ? new AnswerText(text) : null;
            case "tool-plan-delta":
                // What the model means to do with its tools.
                return VendorJson.Text(message, "tool_plan") is { Length: > 0 } plan ? AnswerText.Thought(plan) : null;
            case "tool-call-start" or "tool-call-delta":
                var call = VendorJson.Object(message, "tool_calls");
                var function = VendorJson.Object(call, "function");
                return _calls.Add(VendorJson.Count(item, "index") ?? 0, VendorJson.Text(call, "id"), VendorJson.Text(function, "name"), VendorJson.Arguments(function, "arguments"));
            case "tool-call-end":
                return _calls.End(VendorJson.Count(item, "index") ?? 0).FirstOrDefault();
            case "message-end":
                return Complete(delta);
            case null:
                throw VendorJson.NoAnswer(item, data);
            default:
                return null;
        }
    }

    public IEnumerable<AnswerEvent> ReadWhole(ReadOnlySpan<byte> document)
    {
        var answer = VendorJson.Parse(document);
        if (VendorJson.Object(answer, "message") is not { } message) throw VendorJson.NoAnswer(answer, document);
        var events = new List<AnswerEvent>();
        if (VendorJson.Text(message, "content") is { Length: > 0 } whole) events.Add(new AnswerText(whole));
        foreach (var part in VendorJson.Items(message, "content"))
        {
            if (VendorJson.Text(part, "thinking") is { Length: > 0 } thought) events.Add(AnswerText.Thought(thought));
            if (VendorJson.Text(part, "text") is { Length: > 0 } text) events.Add(new AnswerText(text));
        }

        if (VendorJson.Text(message, "tool_plan") is { Length: > 0 } plan) events.Add(AnswerText.Thought(plan));

        foreach (var call in VendorJson.Items(message, "tool_calls"))
        {
            var function = VendorJson.Object(call, "function");
            events.Add(_calls.Add(_calls.Count, VendorJson.Text(call, "id"), VendorJson.Text(function, "name"), VendorJson.Arguments(function, "arguments"))!);
        }

        events.AddRange(_calls.End());
        events.Add(Complete(answer));
        return events;
    }

    private AnswerCompleted Complete(JsonElement? end)
    {
        var reason = VendorJson.Text(end, "finish_reason") ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
        if (reason is "ERROR" or "TIMEOUT") throw new UpstreamException(UpstreamFailure.Status, 500);
        var usage = VendorJson.Object(end, "usage");
        var tokens = VendorJson.Object(usage, "tokens") ?? VendorJson.Object(usage, "billed_units");
        var counts = VendorJson.Count(tokens, "input_tokens") is { } input ? Usage.Of(input, VendorJson.Count(tokens, "output_tokens") ?? 0, VendorJson.Count(usage, "cached_tokens")) : null;
        return new AnswerCompleted(FinishReasons.WithCalls(FinishReasons.OfCohere(reason), _calls.Count > 0), counts, [], model);
    }
}

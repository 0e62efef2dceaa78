using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Answers of Cohere's <c>/v2/chat</c>, whole and streamed.</summary>
internal static class CohereAnswer
{
    /// <returns>What the event adds; null for nothing.</returns>
    public static AnswerEvent? Read(ReadOnlySpan<byte> data, string model)
    {
        var item = VendorJson.Parse(data);
        var delta = VendorJson.Object(item, "delta");
        var message = VendorJson.Object(delta, "message");
        switch (VendorJson.Text(item, "type"))
        {
            case "content-delta":
                return new AnswerText(VendorJson.Text(VendorJson.Object(message, "content"), "text") ?? "");
            case "tool-call-start" or "tool-call-delta":
                var call = VendorJson.Object(message, "tool_calls");
                var function = VendorJson.Object(call, "function");
                return new AnswerToolCall(0, VendorJson.Count(item, "index") ?? 0, VendorJson.Text(call, "id"), VendorJson.Text(function, "name"), VendorJson.Text(function, "arguments") ?? "");
            case "message-end":
                return Complete(delta, model);
            case null:
                throw item.TryGetProperty("message", out _) ? VendorJson.Failed(data) : new UpstreamException(UpstreamFailure.InvalidResponse);
            default:
                return null;
        }
    }

    public static IEnumerable<AnswerEvent> ReadWhole(ReadOnlySpan<byte> document, string model)
    {
        var answer = VendorJson.Parse(document);
        var message = VendorJson.Object(answer, "message") ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
        var events = new List<AnswerEvent>();
        foreach (var part in VendorJson.Items(message, "content"))
        {
            if (VendorJson.Text(part, "text") is { Length: > 0 } text) events.Add(new AnswerText(text));
        }

        var calls = 0;
        foreach (var call in VendorJson.Items(message, "tool_calls"))
        {
            var function = VendorJson.Object(call, "function");
            events.Add(new AnswerToolCall(0, calls++, VendorJson.Text(call, "id"), VendorJson.Text(function, "name"), VendorJson.Text(function, "arguments") ?? ""));
        }

        events.Add(Complete(answer, model));
        return events;
    }

    private static AnswerCompleted Complete(JsonElement? end, string model)
    {
        var reason = VendorJson.Text(end, "finish_reason") ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
        if (reason is "ERROR" or "TIMEOUT") throw new UpstreamException(UpstreamFailure.Status, 500);
        var usage = VendorJson.Object(end, "usage");
        var tokens = VendorJson.Object(usage, "tokens") ?? VendorJson.Object(usage, "billed_units");
        var counts = VendorJson.Count(tokens, "input_tokens") is { } input ? Usage.Of(input, VendorJson.Count(tokens, "output_tokens") ?? 0, VendorJson.Count(usage, "cached_tokens")) : null;
        return new AnswerCompleted(FinishReasons.OfCohere(reason), counts, [], model);
    }
}

using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>
/// Ids of a chat's calls as a service takes them (<see cref="CallIdRule"/>), each once: turns of another service's models have ids of its kind, and some services number each turn's calls
/// anew. A call and its result keep the same one.
/// </summary>
internal static class FittedCallIds
{
    /// <returns>The same list where nothing is to be changed.</returns>
    public static IReadOnlyList<ChatMessage> Of(IReadOnlyList<ChatMessage> messages, CallIdRule rule)
    {
        if (!messages.Any(message => message.ToolCalls is not null || message.ToolCallId is not null) || AreFit(messages, rule)) return messages;
        var given = new Dictionary<string, int>(StringComparer.Ordinal);
        // Of each id the calls of the last turn that has any: results are theirs, in their order.
        var waiting = new Dictionary<string, Queue<string>>(StringComparer.Ordinal);
        return [.. messages.Select(message => message.ToolCalls is { } calls ? OfCalls(message, calls) : message.ToolCallId is { } id ? message with { ToolCallId = OfResult(id) } : message)];

        ChatMessage OfCalls(ChatMessage message, IReadOnlyList<ToolCall> calls)
        {
            foreach (var call in calls) waiting.Remove(call.Id);
            return message with { ToolCalls = [.. calls.Select(call => call with { Id = OfCall(call.Id) })] };
        }

        string OfCall(string id)
        {
            var occurrence = given.GetValueOrDefault(id);
            given[id] = occurrence + 1;
            var fit = rule.Of(id, occurrence);
            if (!waiting.TryGetValue(id, out var queue)) waiting[id] = queue = new Queue<string>();
            queue.Enqueue(fit);
            return fit;
        }

        string OfResult(string id) => waiting.TryGetValue(id, out var queue) ? queue.Count > 1 ? queue.Dequeue() : queue.Peek() : rule.Of(id, 0);
    }

    private static bool AreFit(IReadOnlyList<ChatMessage> messages, CallIdRule rule)
    {
        var ids = messages.SelectMany(message => message.ToolCalls ?? []).Select(call => call.Id).ToList();
        return ids.Distinct(StringComparer.Ordinal).Count() == ids.Count && ids.All(rule.Takes) && messages.All(message => message.ToolCallId is not { } id || rule.Takes(id));
    }
}

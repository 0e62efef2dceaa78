using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Whether each call of a chat has its result in the turn behind it, and each result a call in the turn before: Anthropic, Gemini and Bedrock refuse a chat whose have not, in words that
/// name nothing of what the caller wrote.
/// </summary>
internal static class ToolTurns
{
    /// <param name="messages">The chat, for what is refused.</param>
    /// <exception cref="GatewayException">400 naming the message.</exception>
    public static void Check(IReadOnlyList<VendorTurn> turns, IReadOnlyList<ChatMessage> messages)
    {
        var open = new Dictionary<string, ChatMessage>(StringComparer.Ordinal);
        foreach (var turn in turns)
        {
            if (turn.IsAssistant)
            {
                foreach (var message in turn.Messages)
                {
                    foreach (var call in message.ToolCalls ?? []) open[call.Id] = message;
                }

                continue;
            }

            var known = open.Keys.ToHashSet(StringComparer.Ordinal);
            foreach (var result in turn.Messages.Where(m => m.Role == "tool"))
            {
                var id = result.ToolCallId ?? "";
                if (!known.Contains(id)) throw Refused(messages, result, "tool_call_id", "must be the id of a call in the assistant's turn before it.");
                open.Remove(id);
            }

            Check(open, messages);
        }

        Check(open, messages);
    }

    private static void Check(Dictionary<string, ChatMessage> open, IReadOnlyList<ChatMessage> messages)
    {
        if (open.Count > 0) throw Refused(messages, open.First().Value, "tool_calls", "has a call that no message of role tool answers; each needs one, with the call's id as its tool_call_id.");
    }

    private static GatewayException Refused(IReadOnlyList<ChatMessage> messages, ChatMessage message, string field, string why)
    {
        var path = $"messages[{Enumerable.Range(0, messages.Count).First(i => ReferenceEquals(messages[i], message))}].{field}";
        return GatewayException.Invalid(path, $"'{path}' {why}");
    }
}

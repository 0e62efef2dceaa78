using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// A chat for services whose system text stands apart and whose turns alternate, the user's first: leading system and developer messages
/// are the system text, later ones speak in the user's turn, messages of one side in a row are one turn.
/// </summary>
/// <param name="Leading">The messages of the system text; none where a chat has no others, and they are the user's turn.</param>
internal sealed record VendorTurns(IReadOnlyList<ChatMessage> Leading, IReadOnlyList<VendorTurn> Turns)
{
    /// <summary>The system text; null for none.</summary>
    public string? System => Leading.Count > 0 ? string.Join("\n\n", Leading.Select(m => m.Content)) : null;

    /// <exception cref="GatewayException">400: a call without a result, or the other way round.</exception>
    public static VendorTurns Of(IReadOnlyList<ChatMessage> messages)
    {
        var leading = messages.TakeWhile(m => m.Role is "system" or "developer").Where(m => !IsEmpty(m)).ToList();
        var rest = messages.SkipWhile(m => m.Role is "system" or "developer").ToList();
        if (rest.Count == 0) return new VendorTurns([], [new VendorTurn(false, leading)]);
        var turns = new List<VendorTurn>();
        foreach (var message in rest)
        {
            // A turn of nothing is none: services refuse empty contents, and such as are blank.
            if (IsEmpty(message)) continue;
            var isAssistant = message.Role == "assistant";
            if (turns.Count == 0 && isAssistant) turns.Add(new VendorTurn(false, [new ChatMessage("user", "(The assistant begins.)")]));
            if (turns.Count > 0 && turns[^1].IsAssistant == isAssistant) turns[^1] = turns[^1] with { Messages = [.. turns[^1].Messages, message] };
            else turns.Add(new VendorTurn(isAssistant, [message]));
        }

        ToolTurns.Check(turns, messages);
        return new VendorTurns(leading, turns);
    }

    private static bool IsEmpty(ChatMessage message) =>
        message is { Role: not "tool", ToolCalls: null } && string.IsNullOrWhiteSpace(message.Content) && !message.HasMedia;
}

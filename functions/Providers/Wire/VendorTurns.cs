using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>
/// A chat for services whose system text stands apart and whose turns alternate, the user's first: leading system and developer messages
/// are the system text, later ones speak in the user's turn, messages of one side in a row are one turn.
/// </summary>
internal sealed record VendorTurns(string? System, IReadOnlyList<VendorTurn> Turns)
{
    public static VendorTurns Of(IReadOnlyList<ChatMessage> messages)
    {
        var leading = messages.TakeWhile(m => m.Role is "system" or "developer").ToList();
        if (leading.Count == messages.Count) return new VendorTurns(null, [new VendorTurn(false, leading)]);
        var turns = new List<VendorTurn>();
        foreach (var message in messages.Skip(leading.Count))
        {
            var isAssistant = message.Role == "assistant";
            // An assistant's turn of nothing is none: services refuse empty contents.
            if (isAssistant && string.IsNullOrEmpty(message.Content) && message.ToolCalls is null) continue;
            if (turns.Count == 0 && isAssistant) turns.Add(new VendorTurn(false, [new ChatMessage("user", "(The assistant begins.)")]));
            if (turns.Count > 0 && turns[^1].IsAssistant == isAssistant) turns[^1] = turns[^1] with { Messages = [.. turns[^1].Messages, message] };
            else turns.Add(new VendorTurn(isAssistant, [message]));
        }

        return new VendorTurns(leading.Count > 0 ? string.Join("\n\n", leading.Select(m => m.Content)) : null, turns);
    }
}

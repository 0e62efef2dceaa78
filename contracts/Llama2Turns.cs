using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts;

/// <summary>
/// Any chat, folded into what Llama 2's format holds: a system text, then turns of user and assistant that alternate, the user's first.
/// Leading system and developer messages are the system text; later ones speak at their place, in the user's turn. Turns of one role in a
/// row are one turn. An assistant that speaks first answers an empty turn of the user. A last turn of the assistant is one to be continued.
/// </summary>
public sealed record Llama2Turns(string? System, IReadOnlyList<string> Turns)
{
    private const string Between = "\n\n";

    /// <summary>Whether the last turn is the assistant's, begun and to be continued.</summary>
    public bool Continues => Turns.Count % 2 == 0;

    /// <summary>Whether a role can be folded; <c>tool</c> and unknown ones cannot.</summary>
    public static bool Takes(string? role) => role is "system" or "developer" or "user" or "assistant";

    /// <param name="messages">Of roles that <see cref="Takes"/> admits, contents not null, at least one.</param>
    public static Llama2Turns Fold(IReadOnlyList<ChatMessage> messages)
    {
        var leading = messages.TakeWhile(message => message.Role is "system" or "developer").Select(message => message.Content).ToList();
        var turns = new List<string>();
        foreach (var message in messages.Skip(leading.Count))
        {
            var isAssistant = message.Role == "assistant";
            if (isAssistant && turns.Count == 0) turns.Add("");
            if (turns.Count % 2 == 1 == isAssistant) turns.Add(message.Content);
            else turns[^1] = Join(turns[^1], message.Content);
        }

        // System messages alone are a question too.
        if (turns.Count == 0) return new Llama2Turns(null, [string.Join(Between, leading)]);
        return new Llama2Turns(leading.Count > 0 ? string.Join(Between, leading) : null, turns);
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Turns.Count} turns]";

    private static string Join(string first, string second) => first.Length == 0 ? second : second.Length == 0 ? first : first + Between + second;
}

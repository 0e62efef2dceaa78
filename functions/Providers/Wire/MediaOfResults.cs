using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>
/// Images, files and audio that tools gave, for services whose results of tools are text: they are shown in a user's turn behind the results. Anthropic's results hold them, and agents
/// that read a picture by a tool send them so.
/// </summary>
internal static class MediaOfResults
{
    private const string Elsewhere = "(What the tool gave follows in the next message.)";

    public static IReadOnlyList<ChatMessage> AsUserTurns(IReadOnlyList<ChatMessage> messages)
    {
        if (!messages.Any(HasMedia)) return messages;
        var told = new List<ChatMessage>(messages.Count + 1);
        var shown = new List<ContentPart>();
        foreach (var message in messages)
        {
            // Results of one turn's calls stand together.
            if (message.Role != "tool") Show(told, shown);
            if (!HasMedia(message))
            {
                told.Add(message);
                continue;
            }

            told.Add(message with { Parts = null, Content = string.IsNullOrEmpty(message.Content) ? Elsewhere : message.Content });
            shown.Add(new ContentPart($"From call {message.ToolCallId}:"));
            shown.AddRange(message.Parts!.Where(part => !part.IsText));
        }

        Show(told, shown);
        return told;
    }

    private static bool HasMedia(ChatMessage message) => message is { Role: "tool", HasMedia: true };

    private static void Show(List<ChatMessage> told, List<ContentPart> shown)
    {
        if (shown.Count == 0) return;
        told.Add(new ChatMessage("user", string.Join('\n', shown.Where(part => part.IsText).Select(part => part.Text))) { Parts = [.. shown] });
        shown.Clear();
    }
}

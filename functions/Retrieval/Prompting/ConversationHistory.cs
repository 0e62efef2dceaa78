using Serverless.Contracts.OpenAI;
using Serverless.Functions.Retrieval.Citing;

namespace Serverless.Functions.Retrieval.Prompting;

/// <summary>What the answering model reads of the conversation before its prompt. Pure.</summary>
internal static class ConversationHistory
{
    // What a chat format puts around a turn: BOS, EOS, [INST], [/INST] and spaces.
    private const int FormatTokens = 12;

    /// <summary>The turns of a chat: what the user said until an answer came, and the answer. What has none belongs to the next turn; an answer to nothing is left out.</summary>
    /// <param name="messages">All before the question.</param>
    public static IReadOnlyList<EarlierTurn> Of(IEnumerable<ChatMessage> messages)
    {
        var turns = new List<EarlierTurn>();
        var (asked, answered) = (new List<string>(), new List<string>());
        foreach (var message in messages)
        {
            if (message.Role is not ("user" or "assistant") || string.IsNullOrWhiteSpace(message.Content)) continue;
            if (message.Role == "user" && answered.Count > 0) End();
            if (message.Role == "user") asked.Add(Clean(message.Content));
            // Markers of an earlier answer number the passages of that turn, not of this.
            else if (asked.Count > 0) answered.Add(Clean(CitationMarkers.Without(message.Content)));
        }

        if (answered.Count > 0) End();
        return turns;

        void End()
        {
            turns.Add(new EarlierTurn(string.Join('\n', asked), string.Join('\n', answered)));
            asked.Clear();
            answered.Clear();
        }
    }

    /// <summary>How many of the last turns fit.</summary>
    /// <param name="tokens">Of each turn's question and answer, oldest first.</param>
    public static int Fitting(IReadOnlyList<int> tokens, int budget)
    {
        var count = 0;
        while (count < tokens.Count && (budget -= Cost(tokens[tokens.Count - 1 - count])) >= 0) count++;
        return count;
    }

    /// <summary>Of a turn, what its format takes included.</summary>
    public static int Cost(int tokens) => tokens + FormatTokens;

    /// <summary>As it is counted.</summary>
    public static string Text(EarlierTurn turn) => $"{turn.Question}\n{turn.Answer}";

    /// <summary>Nobody speaks with another's voice: tags are text.</summary>
    private static string Clean(string text) => PassageText.Neutralise(text.Trim());
}

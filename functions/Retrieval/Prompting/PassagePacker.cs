using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Prompting;

/// <summary>Packs passages into a prompt, best first, by exact counts of the completions model's tokens.</summary>
/// <param name="earlier">The turn that the question leans on, which stands before it where no history does; null for none.</param>
internal sealed class PassagePacker(IGateway gateway, RagSettings settings, PromptTemplate template, string system, IReadOnlyList<EarlierTurn> history, string? earlier, string question)
{
    // What a chat format puts around system and user: BOS, [INST], <<SYS>> and the line ends between them.
    private const int FormatTokens = 24;

    // Whoever asks speaks with the user's voice and no other.
    private readonly string _alone = PassageText.Neutralise(question);
    private readonly string _question = PassageText.Neutralise(earlier is null ? question : $"{earlier}\n{question}");
    private readonly IReadOnlyList<EarlierTurn> _turns = [.. history.TakeLast(settings.HistoryTurns)];

    private const string NothingFound = "(No passage was found for this question. The right answer is that you do not know.)";

    public async Task<AnswerPlan> PackAsync(IReadOnlyList<FoundChunk> bestFirst, int? contextWindow, int maxTokens, CancellationToken cancellationToken)
    {
        var passages = bestFirst.Select(chunk => PassageText.Flatten(chunk.Text)).ToList();
        var counts = await gateway.CountTokensAsync(
            settings.CompletionsRoute, [system, template.Fill(string.Empty, _question), .. _turns.Select(ConversationHistory.Text), .. passages.Select((text, i) => Numbered(i, text))], cancellationToken);
        var turns = counts.Skip(2).Take(_turns.Count).ToList();
        var around = counts[0] + counts[1] + FormatTokens;
        var window = contextWindow - maxTokens;
        if (around > window)
        {
            throw GatewayException.Invalid(
                "question",
                $"The question and its prompt take {around} tokens and the answer {maxTokens}; the model's context window is {contextWindow}.",
                "context_length_exceeded");
        }

        var budget = Math.Min(settings.MaxContextTokens, window - around ?? int.MaxValue);
        var ofPassages = counts.Skip(2 + _turns.Count).ToList();
        var chosen = Choose(bestFirst, ofPassages, budget);
        var kept = ConversationHistory.Fitting(turns, Math.Min(settings.MaxHistoryTokens, window - around - chosen.Sum(at => ofPassages[at]) ?? int.MaxValue));
        while (true)
        {
            var context = string.Join('\n', FromBothEnds(chosen.Count).Select(number => Numbered(number, passages[chosen[number]])));
            var user = template.Fill(chosen.Count == 0 ? NothingFound : context, kept > 0 ? _alone : _question);
            var plan = new AnswerPlan(system, user, [.. chosen.Select(at => Citation.Of(bestFirst[at], settings.Collection))]) { History = [.. _turns.TakeLast(kept)] };
            if (chosen.Count == 0 && kept == 0) return plan;

            // Passages may count for more together than one by one.
            var joined = await gateway.CountTokensAsync(settings.CompletionsRoute, [context, user], cancellationToken);
            var fits = window is null || counts[0] + joined[1] + FormatTokens + turns.TakeLast(kept).Sum(ConversationHistory.Cost) <= window;
            if (fits && (chosen.Count == 0 || joined[0] <= settings.MaxContextTokens)) return plan;
            if (!fits && kept > 0) kept--;
            else chosen.RemoveAt(chosen.Count - 1);
        }
    }

    // One that does not fit gives way to the next that does.
    private List<int> Choose(IReadOnlyList<FoundChunk> found, IReadOnlyList<int> tokens, int budget)
    {
        var chosen = new List<int>();
        for (var i = 0; i < found.Count && chosen.Count < settings.TopK; i++)
        {
            if (tokens[i] > budget || chosen.Exists(at => Repeats(found[i], found[at]))) continue;
            chosen.Add(i);
            budget -= tokens[i];
        }

        return chosen;
    }

    // What lies within a chosen passage, or reaches into one with what stands around it: it comes as it was found then.
    private static bool Repeats(FoundChunk next, FoundChunk chosen) =>
        chosen.Document == next.Document
        && (next.IsWidened ? next.Start < chosen.End && chosen.Start < next.End : chosen.Start <= next.Start && next.End <= chosen.End);

    /// <summary>The best passage first, the next best last, and so on inwards: a model reads the ends of a long prompt best (Liu et al., "Lost in the Middle", 2023).</summary>
    internal static IEnumerable<int> FromBothEnds(int count) => [.. Enumerable.Range(0, (count + 1) / 2).Select(i => i * 2), .. Enumerable.Range(0, count / 2).Select(i => (i * 2) + 1).Reverse()];

    private static string Numbered(int index, string passage) => FormattableString.Invariant($"[{index + 1}] {passage}");
}

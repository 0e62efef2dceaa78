namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>Answers that say that there is none.</summary>
public static class Refusals
{
    // A refusal says so at once; further on, such words may be quoted.
    private const int Beginning = 40;

    /// <summary>Phrases of models and of this gateway; a run may name others.</summary>
    public static IReadOnlyList<string> DefaultPhrases { get; } =
    [
        "not in the documents", "not in the context", "not in the passages", "I do not know", "I don't know", "do not hold the answer", "does not hold the answer",
        "do not contain", "does not contain", "do not mention", "does not mention", "no information", "not enough information", "cannot answer", "can't answer",
        "unable to answer", "could not find", "cannot find", "not provided in",
    ];

    /// <summary>Whether the answer is empty, or one of the phrases stands in its first 40 words.</summary>
    public static bool IsRefusal(string answer, IReadOnlyList<string> phrases)
    {
        ArgumentNullException.ThrowIfNull(phrases);
        var words = AnswerWords.Of(answer);
        if (words.Count == 0) return true;
        IReadOnlyList<string> beginning = words.Count <= Beginning ? words : [.. words.Take(Beginning)];
        return phrases.Any(phrase => AnswerScores.IndexOf(beginning, AnswerWords.Of(phrase)) >= 0);
    }

    /// <summary>Unanswerable among the refused; null when nothing was refused.</summary>
    public static double? Precision(IEnumerable<(bool Refused, bool Answerable)> questions)
    {
        var refused = questions.Where(q => q.Refused).ToList();
        return refused.Count == 0 ? null : (double)refused.Count(q => !q.Answerable) / refused.Count;
    }

    /// <summary>Refused among the unanswerable; null when all can be answered.</summary>
    public static double? Recall(IEnumerable<(bool Refused, bool Answerable)> questions)
    {
        var unanswerable = questions.Where(q => !q.Answerable).ToList();
        return unanswerable.Count == 0 ? null : (double)unanswerable.Count(q => q.Refused) / unanswerable.Count;
    }
}

namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>How well an answer says what is expected, by <see cref="AnswerWords"/>.</summary>
public static class AnswerScores
{
    /// <summary>Whether the expected words stand in the answer, together and in order. Whole words: 8k is not in 128k.</summary>
    public static bool Contains(string answer, string expected) => IndexOf(AnswerWords.Of(answer), AnswerWords.Of(expected)) >= 0;

    /// <summary>
    /// Harmonic mean of precision and recall over the two bags of words, as SQuAD's evaluation script has it: 2PR / (P + R); 1 when both are empty, 0 when they share nothing.
    /// </summary>
    public static double TokenF1(string answer, string expected)
    {
        var (said, wanted) = (AnswerWords.Of(answer), AnswerWords.Of(expected));
        if (said.Count == 0 || wanted.Count == 0) return said.Count == wanted.Count ? 1 : 0;
        var left = wanted.GroupBy(word => word, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var common = 0;
        foreach (var word in said)
        {
            if (left.GetValueOrDefault(word) == 0) continue;
            left[word]--;
            common++;
        }

        // 2PR / (P + R) with P = common / said, R = common / wanted.
        return 2.0 * common / (said.Count + wanted.Count);
    }

    internal static int IndexOf(IReadOnlyList<string> words, IReadOnlyList<string> part)
    {
        if (part.Count == 0) return -1;
        for (var from = 0; from + part.Count <= words.Count; from++)
        {
            var same = 0;
            while (same < part.Count && words[from + same] == part[same]) same++;
            if (same == part.Count) return from;
        }

        return -1;
    }
}

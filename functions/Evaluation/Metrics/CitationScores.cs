namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>Whether what an answer cites is what the labels name.</summary>
public static class CitationScores
{
    /// <summary>
    /// Cited passages that hold a target, as a share of the cited: the precision of ALCE (Gao et al., Enabling Large Language Models to Generate Text with Citations,
    /// 2023) with labels in place of a judging model. Where the answer has markers such as [1], those passages are cited, otherwise all that came with it.
    /// </summary>
    /// <param name="relevant">For each citation, in the order the answer has them, whether it holds a target.</param>
    /// <returns>0..1; null when nothing is cited.</returns>
    public static double? Precision(IReadOnlyList<bool> relevant, string answer)
    {
        ArgumentNullException.ThrowIfNull(relevant);
        if (relevant.Count == 0) return null;
        var marked = AnswerWords.MarkersOf(answer).Where(n => n >= 1 && n <= relevant.Count).Select(n => relevant[n - 1]).ToList();
        var cited = marked.Count > 0 ? marked : relevant;
        return (double)cited.Count(holds => holds) / cited.Count;
    }
}

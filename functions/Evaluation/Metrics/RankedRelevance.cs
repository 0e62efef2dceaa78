namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>
/// How well a ranked list of passages finds what a question's labels name. A label ("target") is found by the first passage that holds it; passages that
/// hold one again keep their rank and gain nothing.
/// </summary>
public static class RankedRelevance
{
    /// <summary>Targets found within the first <paramref name="k"/> passages, as a share of all: Manning, Raghavan, Schütze, Introduction to Information Retrieval, 8.4. 0..1.</summary>
    /// <param name="ranked">For each passage, best first, the number of the target it holds (from 0), or null.</param>
    /// <param name="targets">How many targets there are, at least 1.</param>
    public static double Recall(IReadOnlyList<int?> ranked, int targets, int k)
    {
        ArgumentNullException.ThrowIfNull(ranked);
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return (double)ranked.Take(k).OfType<int>().Distinct().Count() / targets;
    }

    /// <summary>1 / rank of the first passage that holds a target, 0 when none does: Voorhees, The TREC-8 Question Answering Track Report, 1999.</summary>
    public static double ReciprocalRank(IReadOnlyList<int?> ranked)
    {
        ArgumentNullException.ThrowIfNull(ranked);
        for (var i = 0; i < ranked.Count; i++)
        {
            if (ranked[i] is not null) return 1.0 / (i + 1);
        }

        return 0;
    }

    /// <summary>
    /// Normalised discounted cumulative gain of binary gains, sum of 1 / log2(rank + 1) over the first <paramref name="k"/>, divided by the best order's:
    /// Järvelin, Kekäläinen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4), 2002, with the discount of Burges et al. 2005. 0..1.
    /// </summary>
    public static double Ndcg(IReadOnlyList<int?> ranked, int targets, int k)
    {
        ArgumentNullException.ThrowIfNull(ranked);
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var seen = new HashSet<int>();
        var gain = 0.0;
        for (var i = 0; i < Math.Min(k, ranked.Count); i++)
        {
            if (ranked[i] is { } target && seen.Add(target)) gain += Discount(i);
        }

        return gain / Enumerable.Range(0, Math.Min(k, targets)).Sum(Discount);
    }

    private static double Discount(int place) => 1 / Math.Log2(place + 2);
}

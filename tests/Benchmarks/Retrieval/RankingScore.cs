namespace Serverless.Benchmarks.Retrieval;

/// <summary>How well rankings of passages serve their questions, as means over the questions.</summary>
/// <param name="Recall">Recall@5: the share of the relevant passages among the first five.</param>
/// <param name="Gain">nDCG@10 with relevance 0 or 1.</param>
/// <param name="ReciprocalRank">1 / the rank of the first relevant passage, 0 beyond the tenth.</param>
internal sealed record RankingScore(double Recall, double Gain, double ReciprocalRank)
{
    /// <param name="ranking">Passages, best first.</param>
    public static RankingScore Of(IReadOnlyList<string> ranking, IReadOnlySet<string> relevant)
    {
        var hits = ranking.Take(10).Select(relevant.Contains).ToArray();
        var gain = hits.Select((hit, i) => hit ? 1 / Math.Log2(i + 2) : 0).Sum();
        var ideal = Enumerable.Range(0, Math.Min(10, relevant.Count)).Sum(i => 1 / Math.Log2(i + 2));
        var first = Array.IndexOf(hits, true);
        return new RankingScore((double)hits.Take(5).Count(hit => hit) / Math.Min(5, relevant.Count), gain / ideal, first < 0 ? 0 : 1.0 / (first + 1));
    }

    public static RankingScore Mean(IReadOnlyCollection<RankingScore> scores) =>
        new(scores.Average(s => s.Recall), scores.Average(s => s.Gain), scores.Average(s => s.ReciprocalRank));
}

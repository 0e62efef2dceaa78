namespace Serverless.Local.Search.Vectors;

/// <summary>Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods" (2009), as AI Search applies it.</summary>
internal static class ReciprocalRankFusion
{
    private const double K = 60;

    /// <summary>The sum over lists of 1 / (60 + rank), with ranks from 0: a document that leads two lists scores 2/60.</summary>
    public static Dictionary<int, double> Fuse(IEnumerable<IReadOnlyList<int>> rankings)
    {
        var scores = new Dictionary<int, double>();
        foreach (var ranking in rankings)
            for (var rank = 0; rank < ranking.Count; rank++)
                scores[ranking[rank]] = scores.GetValueOrDefault(ranking[rank]) + (1 / (K + rank));
        return scores;
    }
}

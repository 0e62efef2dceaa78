using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// Orders passages so that each is near to the question and unlike those before it: maximal marginal relevance (Carbonell and Goldstein, 1998). Nearness is the score, scaled to 0..1 over the candidates; likeness the share
/// of words in common (Jaccard), which needs no vector of a passage, and knows no encoder.
/// </summary>
public static class MarginalRelevance
{
    /// <param name="bestFirst">By nearness.</param>
    /// <returns>The first <see cref="MmrSettings.Candidates"/> of them in their new order, the nearest first; then the others as they were.</returns>
    public static IReadOnlyList<FoundChunk> Order(IReadOnlyList<FoundChunk> bestFirst, MmrSettings settings)
    {
        ArgumentNullException.ThrowIfNull(bestFirst);
        ArgumentNullException.ThrowIfNull(settings);
        var left = bestFirst.Take(settings.Candidates).Select(chunk => new Candidate(chunk, WordCoverage.Words(chunk.Text))).ToList();
        var (least, most) = left.Count == 0 ? (0, 0) : (left.Min(candidate => candidate.Chunk.Score), left.Max(candidate => candidate.Chunk.Score));
        var ordered = new List<FoundChunk>(bestFirst.Count);
        while (left.Count > 0)
        {
            // Of equals the nearer one, which stands first.
            var next = ordered.Count == 0 ? left[0] : left.MaxBy(candidate => (settings.Lambda * Nearness(candidate.Chunk.Score)) - ((1 - settings.Lambda) * candidate.Likeness))!;
            left.Remove(next);
            ordered.Add(next.Chunk);
            foreach (var other in left) other.Likeness = Math.Max(other.Likeness, Jaccard(other.Words, next.Words));
        }

        return [.. ordered, .. bestFirst.Skip(settings.Candidates)];

        double Nearness(double score) => most > least ? (score - least) / (most - least) : 1;
    }

    private static double Jaccard(HashSet<string> one, HashSet<string> other)
    {
        var common = one.Count(other.Contains);
        return common == 0 ? 0 : (double)common / (one.Count + other.Count - common);
    }

    private sealed class Candidate(FoundChunk chunk, HashSet<string> words)
    {
        public FoundChunk Chunk { get; } = chunk;

        public HashSet<string> Words { get; } = words;

        /// <summary>To the one chosen already that it is most like.</summary>
        public double Likeness { get; set; }
    }
}

using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// One ranking of what vectors and what words found. By vectors a passage has its similarity, scaled to 0..1 over those found; by words it gains by how much of the question it names
/// (<see cref="WordCoverage"/>), where that is more than chance. Reciprocal ranks know neither: the best of chance hits counts as much as the nearest passage, which halved the recall of
/// paraphrases (docs/retrieval/measured.md has the figures of both). A convex combination of scores: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023).
/// </summary>
public static class HybridRanking
{
    /// <summary>Coverage up to here is taken for chance.</summary>
    public const double Chance = 0.2;

    /// <summary>What a passage that names all of the question gains, in the width of the similarities found.</summary>
    public const double WordWeight = 0.6;

    /// <param name="question">As it was searched.</param>
    /// <param name="byVector">Nearest first, each with its similarity.</param>
    /// <param name="byWords">What shares a word with the question, in any order.</param>
    /// <returns>Each passage once, best first; a passage that only words found has no similarity.</returns>
    public static IReadOnlyList<FoundChunk> Fuse(string question, IReadOnlyList<FoundChunk> byVector, IReadOnlyList<FoundChunk> byWords)
    {
        ArgumentNullException.ThrowIfNull(byVector);
        ArgumentNullException.ThrowIfNull(byWords);
        var hits = byWords.Select(chunk => chunk.Id).ToHashSet(StringComparer.Ordinal);
        // Which words hit is asked, not in what order: BM25 weighs words over the whole index, documents that the caller may not see included.
        var all = byVector.Concat(byWords.OrderBy(chunk => chunk.Id, StringComparer.Ordinal)).DistinctBy(chunk => chunk.Id, StringComparer.Ordinal).ToList();
        var covered = WordCoverage.Measure(question, [.. all.Select(chunk => chunk.Searched)]);
        var least = byVector.Min(chunk => chunk.Similarity) ?? 0;
        var width = (byVector.Max(chunk => chunk.Similarity) ?? 0) - least;
        var scored = all.Select((chunk, i) =>
        {
            var near = chunk.Similarity is { } similarity && width > 0 ? (similarity - least) / width : 0;
            // No search by words finds what is misspelt.
            var named = hits.Contains(chunk.Id) || covered[i].IsCorrected ? Math.Max(0, covered[i].Share - Chance) / (1 - Chance) : 0;
            return chunk with { Score = near + (WordWeight * named), Coverage = covered[i].Share };
        });
        // Sorting is stable: among equals vectors come first.
        return [.. scored.OrderByDescending(chunk => chunk.Score)];
    }
}

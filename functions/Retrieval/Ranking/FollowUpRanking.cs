using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// One ranking of a question alone and of the question with the turn before it: by the mean of both similarities. The turn says what "it" is; the question alone keeps a new subject from
/// being drowned by the old one. Measured on samples/gardening/follow-ups.jsonl (docs/retrieval/answers.md).
/// </summary>
public static class FollowUpRanking
{
    /// <summary>How much nearer the turn must bring a question to some passage for the question to lean on it.</summary>
    public const double Gain = 0.05;

    /// <summary>Whether a question makes more sense with the turn before it than alone.</summary>
    public static bool LeansOnEarlier(IReadOnlyList<FoundChunk> alone, IReadOnlyList<FoundChunk> together) => Best(together) > Best(alone) + Gain;

    /// <param name="alone">What is nearest to the question, nearest first, each with its similarity.</param>
    /// <param name="together">What is nearest to the turn before it and the question.</param>
    public static IReadOnlyList<FoundChunk> Merge(IReadOnlyList<FoundChunk> alone, IReadOnlyList<FoundChunk> together)
    {
        var (first, second) = (Similarities(alone), Similarities(together));
        // What a list does not reach down to is no nearer than its last.
        var (leastAlone, leastTogether) = (alone.Min(chunk => chunk.Similarity) ?? 0, together.Min(chunk => chunk.Similarity) ?? 0);
        return
        [
            .. alone.Concat(together).DistinctBy(chunk => chunk.Id, StringComparer.Ordinal)
                .Select(chunk =>
                {
                    var mean = (first.GetValueOrDefault(chunk.Id, leastAlone) + second.GetValueOrDefault(chunk.Id, leastTogether)) / 2;
                    return chunk with { Similarity = mean, Score = mean };
                })
                .OrderByDescending(chunk => chunk.Score),
        ];
    }

    private static double Best(IReadOnlyList<FoundChunk> found) => found.Max(chunk => chunk.Similarity) ?? 0;

    private static Dictionary<string, double> Similarities(IReadOnlyList<FoundChunk> found) => found.ToDictionary(chunk => chunk.Id, chunk => chunk.Similarity ?? 0, StringComparer.Ordinal);
}

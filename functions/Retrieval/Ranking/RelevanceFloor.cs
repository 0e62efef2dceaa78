using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>Whether what was found is near enough to a question to answer from it. Floors are cosine similarities of the nearest passage, or scores of a reranker's best, measured model by model (docs/retrieval/refusals.md).</summary>
public static class RelevanceFloor
{
    /// <summary>A passage that names so much of the question is near enough however its vector lies: codes and names mean little to an encoder.</summary>
    public const double Named = 0.5;

    /// <summary>A reranker's score so far above its own floor outweighs a similarity that is below the encoder's.</summary>
    public const double Sure = 0.1;

    private static readonly (string Model, double Floor)[] Measured = [("arctic-embed-xs", 0.50), ("all-MiniLM-L6-v2", 0.19), ("all-MiniLM-L6-v2-maxsim", 0.30)];

    /// <summary>What was measured for an encoder or a reranker, by its name with or without an owner; null where nothing was.</summary>
    public static double? For(string? model)
    {
        if (model is null) return null;
        var name = model[(model.LastIndexOf('/') + 1)..];
        foreach (var (measured, floor) in Measured)
        {
            if (name.Equals(measured, StringComparison.OrdinalIgnoreCase) || name.Equals("snowflake-" + measured, StringComparison.OrdinalIgnoreCase)) return floor;
        }

        return null;
    }

    /// <summary>Whether nothing found is near enough. What was found by words alone has no similarity and is never below.</summary>
    /// <param name="nearest">The similarity of the nearest passage (<see cref="Retrieved.Nearest"/>); null where there is none.</param>
    /// <param name="floor">0..1; null for none.</param>
    public static bool IsBelow(string question, IReadOnlyList<FoundChunk> found, double? nearest, double? floor)
    {
        ArgumentNullException.ThrowIfNull(found);
        if (floor is not > 0 || nearest is not { } best || best >= floor) return false;
        return WordCoverage.Of(question, [.. found.Select(chunk => chunk.Searched)]).Max() < Named;
    }
}

using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Prompting;

/// <summary>Drops passages that say again what a better one says: copies of a document, overlaps of neighbouring chunks.</summary>
internal static class NearDuplicates
{
    private const int ShingleWords = 3;

    // Nine in ten of its three-word runs stand in the better passage.
    private const double Contained = 0.9;

    public static List<FoundChunk> Drop(IReadOnlyList<FoundChunk> bestFirst)
    {
        var kept = new List<(FoundChunk Chunk, HashSet<string> Shingles)>();
        foreach (var chunk in bestFirst)
        {
            var shingles = Shingles(chunk.Text);
            if (!kept.Exists(better => Share(shingles, better.Shingles) >= Contained)) kept.Add((chunk, shingles));
        }

        return kept.ConvertAll(item => item.Chunk);
    }

    private static double Share(HashSet<string> of, HashSet<string> within) => of.Count == 0 ? 1 : (double)of.Count(within.Contains) / of.Count;

    private static HashSet<string> Shingles(string text)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var inWord = i < text.Length && char.IsLetterOrDigit(text[i]);
            if (inWord && start < 0) start = i;
            if (inWord || start < 0) continue;
            words.Add(text[start..i].ToLowerInvariant());
            start = -1;
        }

        var shingles = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Max(1, words.Count - ShingleWords + 1) && words.Count > 0; i++)
            shingles.Add(string.Join(' ', words.Skip(i).Take(ShingleWords)));
        return shingles;
    }
}

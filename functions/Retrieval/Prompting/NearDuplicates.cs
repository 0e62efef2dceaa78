using System.Buffers;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Prompting;

/// <summary>Drops passages that say again what a better one says: copies of a document, overlaps of neighbouring chunks. What differs by a number or a code says something else: clauses, prices and data sheets are made alike.</summary>
internal static class NearDuplicates
{
    private const int ShingleWords = 3;

    // Nine in ten of its three-word runs stand in the better passage.
    private const double Contained = 0.9;

    private const string Stop = "\n";

    private static readonly SearchValues<char> Stops = SearchValues.Create(SentenceSplitter.Stops);

    public static List<FoundChunk> Drop(IReadOnlyList<FoundChunk> bestFirst)
    {
        var kept = new List<(FoundChunk Chunk, Said Said)>();
        foreach (var chunk in bestFirst)
        {
            var said = Said.By(chunk.Text);
            if (!kept.Exists(better => said.IsWithin(better.Said))) kept.Add((chunk, said));
        }

        return kept.ConvertAll(item => item.Chunk);
    }

    /// <param name="Shingles">Runs of three words.</param>
    /// <param name="Numbers">Words with a digit.</param>
    private sealed record Said(HashSet<string> Shingles, HashSet<string> Numbers)
    {
        public static Said By(string text)
        {
            text = SearchText.Normalize(text);
            var words = Words(text);
            var shingles = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < Math.Max(1, words.Count - ShingleWords + 1) && words.Count > 0; i++)
                shingles.Add(string.Join(' ', words.Skip(i).Take(ShingleWords)));
            return new Said(shingles, words.Where(word => word.Any(char.IsDigit)).ToHashSet(StringComparer.Ordinal));
        }

        /// <summary>A text's words. Where each letter is one, the end of a sentence is one too: letters in a row say little of where words are.</summary>
        private static List<string> Words(string text)
        {
            var words = new List<string>();
            var last = 0;
            foreach (var (start, end) in TextWords.Of(text))
            {
                if (words.Count > 0 && UnspacedWords.IsDense(text[start]) && text.AsSpan(last, start - last).ContainsAny(Stops)) words.Add(Stop);
                words.Add(text[start..end].ToLowerInvariant());
                last = end;
            }

            return words;
        }

        // What says nothing is said already.
        public bool IsWithin(Said other) => Shingles.Count(other.Shingles.Contains) >= Contained * Shingles.Count && Numbers.IsSubsetOf(other.Numbers);
    }
}

using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// How much of what a question asks about a passage names: the share of the question's words that it holds, each weighed by how few of the passages found hold it (BM25's inverse document
/// frequency). Words that all have weigh next to nothing, so no language needs a list of them; a word that none has weighs most, which makes chance hits of a paraphrase small.
/// </summary>
public static class WordCoverage
{
    private const int LeastStem = 4;
    private const int MostEnding = 3;
    private const int MaxWords = 64;

    /// <param name="passages">Texts of all passages found, each with its headings.</param>
    /// <returns>0..1 for each passage.</returns>
    public static IReadOnlyList<double> Of(string question, IReadOnlyList<string> passages)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passages);
        var wanted = Words(SearchText.Normalize(question), endsRuns: false).Take(MaxWords).ToList();
        var held = passages.Select(passage => Held(wanted, Words(SearchText.Normalize(passage)))).ToList();
        var weights = wanted.Select((_, word) =>
        {
            var count = held.Count(passage => passage[word]);
            return Math.Log(1 + ((passages.Count - count + 0.5) / (count + 0.5)));
        }).ToList();
        var total = weights.Sum();
        return [.. held.Select(passage => total == 0 ? 0 : Math.Min(1, weights.Where((_, word) => passage[word]).Sum() / total))];
    }

    private static bool[] Held(List<string> wanted, HashSet<string> words) =>
        [.. wanted.Select(word => words.Contains(word) || (IsDense(word[0]) ? IsWithin(word, words) : IsLetters(word) && words.Any(other => IsSameStem(word, other))))];

    // A character that stands alone in a question is a word, and in a passage one with what is joined to it.
    private static bool IsWithin(string word, HashSet<string> words) => word.Length == 1 && words.Any(other => IsDense(other[0]) && other.Contains(word[0], StringComparison.Ordinal));

    /// <summary>Without stemming by language: prune, pruned and pruning are taken for one.</summary>
    private static bool IsSameStem(string word, string other)
    {
        var common = word.AsSpan().CommonPrefixLength(other);
        return common >= LeastStem && common >= Math.Max(word.Length, other.Length) - MostEnding && IsLetters(other);
    }

    private static bool IsLetters(string word) => word.All(char.IsLetter);

    /// <summary>The words of a text, in lower case.</summary>
    /// <param name="endsRuns">Whether the last character of a run without spaces counts by itself as well as in its pair.</param>
    internal static HashSet<string> Words(string text, bool endsRuns = true)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var inWord = i < text.Length && (char.IsLetterOrDigit(text[i]) || char.IsSurrogate(text[i])) && !IsDense(text[i]);
            if (i < text.Length && IsDense(text[i]))
            {
                if (i + 1 < text.Length && IsDense(text[i + 1])) words.Add(text.Substring(i, 2));
                else if (endsRuns || i == 0 || !IsDense(text[i - 1])) words.Add(text.Substring(i, 1));
            }

            if (inWord && start < 0) start = i;
            if (inWord || start < 0) continue;
            words.Add(text[start..i].ToLowerInvariant());
            start = -1;
        }

        return words;
    }

    /// <summary>Scripts that set no space between words, or none before what is joined to one: kana, Han, Hangul, and Thai to Khmer; pairs of their characters stand for words.</summary>
    private static bool IsDense(char c) => UnspacedWords.IsOfScript(c) || c is >= '\u3040' and <= '\u30FF' or >= '\u3400' and <= '\u9FFF';
}

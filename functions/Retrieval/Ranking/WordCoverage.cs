using System.Text.RegularExpressions;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// How much of what a question asks about a passage names: the share of the question's words that it holds, each weighed by how few of the passages found hold it (BM25's inverse document
/// frequency). Words that all have weigh next to nothing, so no language needs a list of them; a word that none has weighs most, which makes chance hits of a paraphrase small.
/// </summary>
public static partial class WordCoverage
{
    private const int LeastStem = 4;
    private const int MostEnding = 3;
    private const int MaxWords = 64;
    private const int MaxCode = 16;

    /// <param name="passages">Texts of all passages found, each with its headings.</param>
    /// <returns>0..1 for each passage.</returns>
    public static IReadOnlyList<double> Of(string question, IReadOnlyList<string> passages)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passages);
        var wanted = Wanted(question);
        var held = passages.Select(passage => Held(wanted, passage)).ToList();
        var weights = wanted.Select((_, word) =>
        {
            var count = held.Count(passage => passage[word]);
            return Math.Log(1 + ((passages.Count - count + 0.5) / (count + 0.5)));
        }).ToList();
        var total = weights.Sum();
        return [.. held.Select(passage => total == 0 ? 0 : Math.Min(1, weights.Where((_, word) => passage[word]).Sum() / total))];
    }

    // A long question begins with what it is about, or ends with what it asks.
    private static List<string> Wanted(string question)
    {
        var words = Words(question, endsRuns: false).ToList();
        return words.Count <= MaxWords ? words : [.. words.Take(MaxWords / 2), .. words.TakeLast(MaxWords / 2)];
    }

    // Who writes accents means them; who leaves them out, any.
    private static bool[] Held(List<string> wanted, string passage)
    {
        var words = Words(passage);
        var forms = WithForms(passage, words);
        return [.. wanted.Select(word => forms.Contains(word) || words.Contains(SearchText.WithoutAccents(word))
            || (UnspacedWords.IsDense(word[0]) ? IsWithin(word, words) : IsLetters(word) && forms.Any(other => IsSameStem(word, other))))];
    }

    // A letter that stands alone in a question is a word, and in a passage one with what is joined to it.
    private static bool IsWithin(string word, HashSet<string> words) => TextWords.Of(word).Count == 1 && words.Any(other => UnspacedWords.IsDense(other[0]) && other.Contains(word, StringComparison.Ordinal));

    /// <summary>Without stemming by language: prune, pruned and pruning are taken for one.</summary>
    private static bool IsSameStem(string word, string other)
    {
        var common = word.AsSpan().CommonPrefixLength(other);
        return common >= LeastStem && common >= Math.Max(word.Length, other.Length) - MostEnding && IsLetters(other);
    }

    private static bool IsLetters(string word) => word.All(c => !char.IsDigit(c));

    /// <summary>The words of a text as it is matched, in lower case.</summary>
    /// <param name="endsRuns">Whether the last letter of a run without spaces counts by itself as well as in its pair.</param>
    internal static HashSet<string> Words(string text, bool endsRuns = true)
    {
        text = WordForms.JoinThousands(SearchText.Normalize(text));
        var words = new HashSet<string>(StringComparer.Ordinal);
        var spans = TextWords.Of(text);
        for (var i = 0; i < spans.Count; i++)
        {
            var (start, end) = spans[i];
            if (!UnspacedWords.IsDense(text[start])) words.Add(Lower(text[start..end]));
            // Pairs of letters stand for words where nothing parts them.
            else if (i + 1 < spans.Count && spans[i + 1].Start == end && UnspacedWords.IsDense(text[end])) words.Add(text[start..spans[i + 1].End]);
            else if (endsRuns || i == 0 || spans[i - 1].End != start || !UnspacedWords.IsDense(text[spans[i - 1].Start])) words.Add(text[start..end]);
        }

        return words;
    }

    /// <summary>A passage's words with codes and quantities as a question may spell them: of WM-440 and 5 kg also wm440 and 5kg, of E42 also e and 42; and with words that bear accents without them.</summary>
    private static HashSet<string> WithForms(string passage, HashSet<string> words)
    {
        var forms = new HashSet<string>(words, StringComparer.Ordinal);
        foreach (Match code in Codes().Matches(SearchText.Normalize(passage)))
        {
            var joined = Lower(code.Groups[1].Value + code.Groups[2].Value);
            if (code.Groups[2].Length > 0 && joined.Any(char.IsAsciiDigit)) forms.Add(joined);
        }

        foreach (var word in words) forms.Add(SearchText.WithoutAccents(word));
        foreach (var word in forms.Where(word => word.Length <= MaxCode && word.All(char.IsAsciiLetterOrDigit)).ToList())
        {
            foreach (var at in WordForms.Cuts(word))
            {
                forms.Add(word[..at]);
                forms.Add(word[at..]);
            }
        }

        return forms;
    }

    [GeneratedRegex(@"(?<![A-Za-z0-9])([A-Za-z0-9]{1,16})[-_ ](?=([A-Za-z0-9]{1,16})(?![A-Za-z0-9]))", RegexOptions.CultureInvariant)]
    private static partial Regex Codes();

    // Capitals have one sigma, and Turkish ones a dot.
    private static string Lower(string word) => word.ToLowerInvariant().Replace('ς', 'σ').Replace('İ', 'i');
}

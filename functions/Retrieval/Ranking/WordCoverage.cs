using System.Text.RegularExpressions;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// How much of what a question asks about a passage names: the share of the question's words that it holds, each weighed by how few of the passages found hold it (BM25's inverse document
/// frequency). Words that all have weigh next to nothing, so no language needs a list of them; a word that none has weighs most, which makes chance hits of a paraphrase small. What stands for more than its words (a quoted phrase, a
/// day or a quarter, a version) counts as a word more, where any passage has it; and a word that none has is taken for those that are one slip of the pen from it (<see cref="Misspelling"/>).
/// </summary>
public static partial class WordCoverage
{
    private const int LeastStem = 4;
    private const int MostEnding = 3;
    private const int MaxWords = 64;
    private const int MaxCode = 16;

    /// <param name="passages">Texts of all passages found, each with its headings.</param>
    /// <returns>0..1 for each passage.</returns>
    public static IReadOnlyList<double> Of(string question, IReadOnlyList<string> passages) => [.. Measure(question, passages).Select(covered => covered.Share)];

    /// <summary>As <see cref="Of"/>, with whether a passage holds a word of the question that stands in none as it is written.</summary>
    internal static IReadOnlyList<(double Share, bool IsCorrected)> Measure(string question, IReadOnlyList<string> passages)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passages);
        var wanted = Wanted(question);
        var read = passages.Select(Read).ToList();
        var held = read.ConvertAll(passage => wanted.ConvertAll(word => Holds(passage, word)));
        var unknown = Enumerable.Range(0, wanted.Count).Where(word => Misspelling.IsPossible(wanted[word]) && !held.Exists(passage => passage[word])).ToList();
        foreach (var word in unknown)
        {
            for (var i = 0; i < held.Count; i++) held[i][word] = read[i].Words.Any(other => Misspelling.Is(wanted[word], other));
        }

        var terms = Terms(question, ofPassage: false).Where(term => read.Exists(passage => passage.Terms.Contains(term))).ToList();
        foreach (var phrase in QuotedPhrases.Of(SearchText.Normalize(question)).Select(words => $" {string.Join(' ', words.Select(Lower))} "))
        {
            if (read.Exists(passage => passage.Text.Value.Contains(phrase, StringComparison.Ordinal))) terms.Add(phrase);
        }

        for (var i = 0; i < held.Count; i++) held[i].AddRange(terms.Select(term => read[i].Terms.Contains(term) || (term[0] == ' ' && read[i].Text.Value.Contains(term, StringComparison.Ordinal))));
        var weights = Enumerable.Range(0, wanted.Count + terms.Count).Select(word =>
        {
            var count = held.Count(passage => passage[word]);
            return Math.Log(1 + ((passages.Count - count + 0.5) / (count + 0.5)));
        }).ToList();
        var total = weights.Sum();
        return [.. held.Select(passage => (total == 0 ? 0 : Math.Min(1, weights.Where((_, word) => passage[word]).Sum() / total), unknown.Exists(word => passage[word])))];
    }

    // A long question begins with what it is about, or ends with what it asks.
    private static List<string> Wanted(string question)
    {
        var words = Words(question, endsRuns: false).ToList();
        return words.Count <= MaxWords ? words : [.. words.Take(MaxWords / 2), .. words.TakeLast(MaxWords / 2)];
    }

    private static ReadPassage Read(string passage)
    {
        var words = Words(passage);
        return new ReadPassage(words, WithForms(passage, words), Terms(passage, ofPassage: true), new Lazy<string>(() =>
        {
            var text = SearchText.Normalize(passage);
            return $" {string.Join(' ', TextWords.Of(text).Select(word => Lower(text[word.Start..word.End])))} ";
        }));
    }

    // Who writes accents means them; who leaves them out, any.
    private static bool Holds(ReadPassage passage, string word) => passage.Forms.Contains(word) || passage.Words.Contains(SearchText.WithoutAccents(word))
        || (UnspacedWords.IsDense(word[0]) ? IsWithin(word, passage.Words) : IsLetters(word) && passage.Forms.Any(other => IsSameStem(word, other)));

    /// <summary>What a text names in more words than one.</summary>
    private static HashSet<string> Terms(string text, bool ofPassage)
    {
        text = WordForms.JoinThousands(SearchText.Normalize(text));
        var terms = NamedTimes.Of(text, withMonths: ofPassage);
        foreach (var number in WordForms.Dotted(text)) terms.Add(number);
        return terms;
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
        foreach (var word in NamedTimes.WordsOf(SearchText.Normalize(passage))) forms.Add(word);
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

    /// <param name="Forms">Its words in all spellings.</param>
    /// <param name="Text">Its words in a row, with a blank around each.</param>
    private sealed record ReadPassage(HashSet<string> Words, HashSet<string> Forms, HashSet<string> Terms, Lazy<string> Text);
}

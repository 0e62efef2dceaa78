using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>
/// A text as answers are compared: SQuAD's normalisation (Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension of Text, 2016; the official
/// evaluation script): lower case, no punctuation, no articles, split at white space. Before it markers of citations such as [1] go; a character of scripts that
/// write no spaces is a word of its own, as in MLQA (Lewis et al. 2020).
/// </summary>
public static partial class AnswerWords
{
    private static readonly HashSet<string> Articles = new(StringComparer.Ordinal) { "a", "an", "the" };

    /// <summary>The words, in order.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in SearchText.Normalize(Marker().Replace(text, " ")).ToLowerInvariant().EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                Flush();
            }
            else if (IsUnspaced(rune.Value))
            {
                Flush();
                words.Add(rune.ToString());
            }
            else if (!IsPunctuation(rune))
            {
                word.Append(rune);
            }
        }

        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0 && word.ToString() is var whole && !Articles.Contains(whole)) words.Add(whole);
            word.Clear();
        }
    }

    /// <summary>The numbers of the citation markers in a text, in order, each once: <c>[1]</c>, <c>[2, 3]</c>.</summary>
    public static IReadOnlyList<int> MarkersOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Marker().Matches(text).SelectMany(m => m.Groups["n"].Captures).Select(c => int.Parse(c.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)).Distinct()];
    }

    private static bool IsPunctuation(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or
        UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation or UnicodeCategory.Control or UnicodeCategory.Format
        || rune.Value is '$' or '+' or '<' or '=' or '>' or '^' or '`' or '|' or '~';

    // Thai and Lao; Hiragana, Katakana; Han and its extensions.
    private static bool IsUnspaced(int rune) => rune is (>= 0x0E00 and <= 0x0EFF) or (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0x20000 and <= 0x3FFFF);

    [GeneratedRegex(@"\[(?<n>\d{1,3})(?:\s*,\s*(?<n>\d{1,3}))*\]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Marker();
}

using System.Globalization;
using System.Text;

namespace Serverless.Local.Search.Text;

/// <summary>Turns text into the terms that are indexed and searched for.</summary>
/// <remarks>
/// <c>standard.lucene</c> (the default), <c>simple</c>, <c>whitespace</c>, <c>keyword</c> and <c>stop</c> follow Lucene's analyzers of those names; <c>en.lucene</c> and
/// <c>en.microsoft</c> drop English stop words and stem with Porter's algorithm.
/// </remarks>
internal static class Analyzer
{
    private static readonly string[] Known = ["standard.lucene", "standard", "standardasciifolding.lucene", "simple", "whitespace", "keyword", "stop", "en.lucene", "en.microsoft"];

    // Lucene's EnglishAnalyzer.ENGLISH_STOP_WORDS_SET.
    private static readonly HashSet<string> StopWords = new(StringComparer.Ordinal)
    {
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or", "such",
        "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
    };

    public static void ThrowIfUnknown(string field, string analyzer)
    {
        if (!Known.Contains(analyzer, StringComparer.Ordinal))
            throw SearchException.Unsupported($"the analyzer '{analyzer}' of field '{field}' (it has {string.Join(", ", Known)})");
    }

    /// <summary>The terms of <paramref name="text"/> in order. A dropped stop word still takes a position, so that phrases keep their gaps.</summary>
    public static IEnumerable<(string Term, int Position)> Analyze(string analyzer, string text)
    {
        if (analyzer == "keyword")
        {
            if (text.Length > 0)
                yield return (text, 0);
            yield break;
        }

        var english = analyzer is "en.lucene" or "en.microsoft";
        var position = 0;
        foreach (var word in Split(analyzer, text))
        {
            var term = analyzer == "whitespace" ? word : word.ToLowerInvariant();
            if (analyzer == "standardasciifolding.lucene")
                term = Fold(term);
            if (english)
                term = PossessiveStripped(term);
            var dropped = (english || analyzer == "stop") && StopWords.Contains(term);
            if (!dropped)
                yield return (english ? PorterStemmer.Stem(term) : term, position);
            position++;
        }
    }

    private static IEnumerable<string> Split(string analyzer, string text)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && IsWordCharacter(analyzer, text, i))
            {
                if (start < 0)
                    start = i;
            }
            else if (start >= 0)
            {
                yield return text[start..i];
                start = -1;
            }
        }
    }

    private static bool IsWordCharacter(string analyzer, string text, int i)
    {
        var c = text[i];
        return analyzer switch
        {
            "whitespace" => !char.IsWhiteSpace(c),
            "simple" or "stop" => char.IsLetter(c) || char.IsSurrogate(c),
            // UAX #29 in short: letters, digits and marks; an apostrophe, full stop or comma joins what it stands between.
            _ => char.IsLetterOrDigit(c) || c == '_' || char.IsSurrogate(c)
                || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                || (i > 0 && i + 1 < text.Length && Joins(text[i - 1], c, text[i + 1])),
        };
    }

    private static bool Joins(char before, char c, char after) => c switch
    {
        '\'' or '\u2019' => char.IsLetter(before) && char.IsLetter(after),
        '.' => (char.IsLetter(before) && char.IsLetter(after)) || (char.IsDigit(before) && char.IsDigit(after)),
        ',' => char.IsDigit(before) && char.IsDigit(after),
        _ => false,
    };

    private static string PossessiveStripped(string term) =>
        term.Length > 2 && term[^1] == 's' && term[^2] is '\'' or '\u2019' ? term[..^2] : term;

    private static string Fold(string term)
    {
        var folded = new StringBuilder(term.Length);
        foreach (var c in term.Normalize(NormalizationForm.FormD))
            if (char.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                folded.Append(c);
        return folded.ToString();
    }
}

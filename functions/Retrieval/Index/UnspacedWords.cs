using System.Globalization;
using System.Text;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>
/// Text for the search of words, in which scripts that set no space between words (Thai, Lao, Burmese, Khmer), or none before what is joined to one (Korean), stand as overlapping pairs of
/// their letters: analyzers of other languages take a whole run of them for one word, in which nobody finds another. Pairs are what Lucene's CJKAnalyzer makes of such text.
/// Chinese and Japanese stay as they are: analyzers tell their characters apart.
/// </summary>
internal static class UnspacedWords
{
    private const char KhmerCoeng = '\u17D2';

    /// <summary>The text of a question, with a blank around each pair; the same object where there is none to make.</summary>
    public static string OfQuestion(string text) => Paired(text, withSyllables: false);

    /// <summary>The text of a passage: as of a question, and each letter by itself too in scripts where one is a syllable, and often a word.</summary>
    public static string OfPassage(string text) => Paired(text, withSyllables: true);

    private static string Paired(string text, bool withSyllables)
    {
        var first = 0;
        while (first < text.Length && !IsUnspaced(text[first])) first++;
        if (first == text.Length) return text;
        var paired = new StringBuilder(text, 0, first, text.Length * 3);
        for (var at = first; at < text.Length;)
        {
            if (!IsUnspaced(text[at]))
            {
                paired.Append(text[at++]);
                continue;
            }

            at = AppendRun(text, at, withSyllables, paired);
        }

        return paired.ToString();
    }

    /// <returns>Where the run ends.</returns>
    private static int AppendRun(string text, int start, bool withSyllables, StringBuilder paired)
    {
        var (at, letter) = (start, EndOfLetter(text, start));
        // A letter that stands alone is a word.
        if (letter == text.Length || !IsUnspaced(text[letter]))
        {
            paired.Append(text, start, letter - start);
            return letter;
        }

        Separate(paired);
        while (letter < text.Length && IsUnspaced(text[letter]))
        {
            var next = EndOfLetter(text, letter);
            paired.Append(text, at, next - at).Append(' ');
            if (withSyllables && IsSyllable(text[at])) paired.Append(text, at, letter - at).Append(' ');
            (at, letter) = (letter, next);
        }

        if (withSyllables && IsSyllable(text[at])) paired.Append(text, at, letter - at).Append(' ');

        return letter;
    }

    /// <summary>A letter with the marks that it bears, and in Khmer with the letters below it.</summary>
    private static int EndOfLetter(string text, int at)
    {
        for (at++; at < text.Length && IsUnspaced(text[at]); at++)
        {
            if (text[at - 1] != KhmerCoeng && CharUnicodeInfo.GetUnicodeCategory(text[at]) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)) break;
        }

        return at;
    }

    private static void Separate(StringBuilder text)
    {
        if (text.Length > 0 && !char.IsWhiteSpace(text[^1])) text.Append(' ');
    }

    /// <summary>Of Burmese, Khmer and Korean.</summary>
    private static bool IsSyllable(char letter) => letter >= '\u1000';

    /// <summary>Whether a character is of Thai, Lao, Burmese, Khmer or Korean.</summary>
    internal static bool IsOfScript(char c) => c is >= '\u0E00' and <= '\u0EFF' or >= '\u1000' and <= '\u109F' or >= '\u1780' and <= '\u17FF' or >= '\uAC00' and <= '\uD7A3';

    /// <summary>Whether a character is a letter of a script that sets no space between words, or none before what is joined to one: those of here, kana and Han.</summary>
    internal static bool IsDense(char c) => c >= '\u0E00'
        && (IsUnspaced(c) || c is >= '\u3005' and <= '\u3007' or >= '\u3041' and <= '\u309F' or >= '\u30A1' and <= '\u30FA' or >= '\u30FC' and <= '\u30FF' or >= '\u31F0' and <= '\u31FF'
            or >= '\u3400' and <= '\u4DBF' or >= '\u4E00' and <= '\u9FFF' or >= '\uF900' and <= '\uFAFF');

    private static bool IsUnspaced(char c) => IsOfScript(c)
        && CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber or UnicodeCategory.OtherPunctuation or UnicodeCategory.CurrencySymbol);
}

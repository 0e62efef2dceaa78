using System.Globalization;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>
/// Where words stand in a text: runs of letters and digits with the marks that they bear, without which words of Hindi, Tamil or pointed Hebrew fall apart into single letters. Scripts without spaces have a word for each
/// letter. Signs of the planes beyond the first count for letters.
/// </summary>
internal static class TextWords
{
    /// <returns>Offset of each word's first character and after its last, in order.</returns>
    public static List<(int Start, int End)> Of(string text)
    {
        var words = new List<(int, int)>();
        for (var at = 0; at < text.Length;)
        {
            if (!IsOfWord(text[at]))
            {
                at++;
                continue;
            }

            var end = at + 1;
            var isDense = UnspacedWords.IsDense(text[at]);
            while (end < text.Length && (Extends(text[end]) || (!isDense && IsOfWord(text[end]) && !UnspacedWords.IsDense(text[end])))) end++;
            words.Add((at, end));
            at = end;
        }

        return words;
    }

    /// <summary>Whether a character can begin a word. Half of a surrogate pair is part of some letter outside the plane.</summary>
    public static bool IsOfWord(char c) => char.IsLetterOrDigit(c) || char.IsSurrogate(c)
        || (c > '\u007F' && CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber);

    /// <summary>Whether a character belongs to the word before it: marks, joiners, and what is not seen.</summary>
    public static bool Extends(char c) => c > '\u007F'
        && CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format;
}

using System.Globalization;
using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Splits a text into the words that BERT's vocabulary is made for: google-research/bert's BasicTokenizer, in the order of Hugging Face tokenizers' BertNormalizer and
/// BertPreTokenizer. Control characters are dropped, ideographs and punctuation stand alone, white space separates.
/// </summary>
/// <param name="lowerCase">Whether letters are made small, each for itself (a final sigma is like any other).</param>
/// <param name="stripAccents">Whether marks are taken off letters.</param>
/// <param name="splitIdeographs">Whether each CJK ideograph is a word.</param>
internal sealed class BertWords(bool lowerCase, bool stripAccents, bool splitIdeographs)
{
    /// <summary>The words, in order; none is empty.</summary>
    public List<string> Split(string text)
    {
        var normalised = Normalise(text);
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in normalised.EnumerateRunes())
        {
            var isSpace = Rune.IsWhiteSpace(rune);
            if (isSpace || IsPunctuation(rune))
            {
                End();
                if (!isSpace) words.Add(rune.ToString());
            }
            else
            {
                word.Append(lowerCase ? Rune.ToLowerInvariant(rune) : rune);
            }
        }

        End();
        return words;

        void End()
        {
            if (word.Length == 0) return;
            words.Add(word.ToString());
            word.Clear();
        }
    }

    private string Normalise(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            // U+FFFD is also what an unpaired surrogate is read as.
            if (rune.Value is 0 or 0xFFFD || IsControl(rune)) continue;
            if (Rune.IsWhiteSpace(rune)) result.Append(' ');
            else if (splitIdeographs && IsIdeograph(rune.Value)) AppendWord(result, rune);
            else Append(result, rune);
        }

        return result.ToString();
    }

    private void AppendWord(StringBuilder result, Rune rune)
    {
        result.Append(' ');
        Append(result, rune);
        result.Append(' ');
    }

    private void Append(StringBuilder result, Rune rune)
    {
        if (stripAccents) BaseCharacters.Append(result, rune);
        else result.Append(rune);
    }

    private static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r')
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    /// <summary>What Unicode calls punctuation, and ASCII's symbols too ($, ^, `).</summary>
    private static bool IsPunctuation(Rune rune) => rune.IsAscii ? char.IsPunctuation((char)rune.Value) || char.IsSymbol((char)rune.Value) : Rune.IsPunctuation(rune);

    private static bool IsIdeograph(int code) => code
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}

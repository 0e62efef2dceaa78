using System.Text;

namespace Serverless.Documents.Pdf;

/// <summary>
/// A page says where letters stand, not in what order they are read: Hebrew, Arabic and other scripts from right to left come in the order of the eye, which no question is asked in. This puts them into
/// that of reading: what the bidirectional algorithm (Unicode Standard Annex 9) does, backwards, as far as lines of words need it.
/// </summary>
internal static class VisualText
{
    private const string Opening = "([{<«";
    private const string Closing = ")]}>»";

    /// <summary>Whether a text has a letter that is written from right to left.</summary>
    public static bool IsFromRight(string text)
    {
        foreach (var c in text)
        {
            if (c is >= '\u0590' and <= '\u08FF' and not (>= '\u0660' and <= '\u0669') and not (>= '\u06F0' and <= '\u06F9') or >= '\uFB1D' and <= '\uFDFF' or >= '\uFE70' and <= '\uFEFC') return true;
        }

        return false;
    }

    /// <summary>Whether more letters are written from right to left than from left to right.</summary>
    public static bool IsMostlyFromRight(IEnumerable<PdfWord> words)
    {
        var (right, left) = (0, 0);
        foreach (var word in words)
        {
            if (IsFromRight(word.Text)) right += word.Text.Length;
            else if (HasLetter(word.Text)) left += word.Text.Length;
        }

        return right > left;
    }

    /// <summary>A word of signs as they stand from left to right.</summary>
    public static string Logical(IReadOnlyList<string> signs)
    {
        if (!signs.Any(IsFromRight)) return string.Concat(signs);
        return Balanced(string.Concat(Reversed(signs, sign => !IsFromRight(sign) && char.IsLetterOrDigit(sign[0]))));
    }

    /// <summary>A line's words, as they stand from left to right, in the order in which they are read.</summary>
    public static IReadOnlyList<PdfWord> Logical(List<PdfWord> words)
    {
        if (!words.Exists(word => IsFromRight(word.Text))) return words;
        if (IsMostlyFromRight(words)) return [.. Reversed(words, word => !IsFromRight(word.Text) && HasLetter(word.Text)).Select(word => word with { Text = IsFromRight(word.Text) ? word.Text : Balanced(word.Text) })];

        // Amid text from left to right only what stands from the first to the last word of a stretch is turned.
        var logical = new List<PdfWord>(words);
        for (var i = 0; i < logical.Count; i++)
        {
            if (!IsFromRight(logical[i].Text)) continue;
            var last = i;
            for (var j = i + 1; j < logical.Count && (IsFromRight(logical[j].Text) || !HasLetter(logical[j].Text)); j++)
            {
                if (IsFromRight(logical[j].Text)) last = j;
            }

            logical.Reverse(i, last - i + 1);
            i = last;
        }

        return logical;
    }

    private static bool HasLetter(string text)
    {
        foreach (var c in text)
        {
            if (char.IsLetter(c)) return true;
        }

        return false;
    }

    // Backwards, but for stretches from one item that is written from left to right to another.
    private static List<T> Reversed<T>(IReadOnlyList<T> items, Func<T, bool> isFromLeft)
    {
        var reversed = new List<T>(items.Count);
        for (var i = items.Count - 1; i >= 0;)
        {
            var first = i;
            if (isFromLeft(items[i]))
            {
                while (first > 0 && (isFromLeft(items[first - 1]) || (first > 1 && IsBetween(items[first - 1]) && isFromLeft(items[first - 2])))) first--;
            }

            for (var j = first; j <= i; j++) reversed.Add(items[j]);
            i = first - 1;
        }

        return reversed;
    }

    // Within a number or a name: "3.5", "10:30", "a-b", and one figure or sign between words.
    private static bool IsBetween<T>(T item) => item switch
    {
        string sign => sign is "." or "," or ":" or "/" or "-" or "'" or "_" or "@",
        PdfWord word => !IsFromRight(word.Text),
        _ => false,
    };

    // Fonts map a bracket to what it looks like or to what it means.
    private static string Balanced(string text)
    {
        var first = text.AsSpan().IndexOfAny(Opening + Closing);
        if (first < 0 || Closing.IndexOf(text[first], StringComparison.Ordinal) < 0 || text.AsSpan().LastIndexOfAny(Opening) < 0) return text;
        var turned = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (Opening.IndexOf(c, StringComparison.Ordinal) is >= 0 and var open) turned.Append(Closing[open]);
            else if (Closing.IndexOf(c, StringComparison.Ordinal) is >= 0 and var close) turned.Append(Opening[close]);
            else turned.Append(c);
        }

        return turned.ToString();
    }
}

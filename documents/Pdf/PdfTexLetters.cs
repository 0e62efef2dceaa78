using UglyToad.PdfPig.Content;

namespace Serverless.Documents.Pdf;

/// <summary>
/// TeX's fonts put ligatures and quotation marks where other encodings have control characters. Where such a font says nothing of its letters, a text would lose them: "difficult" came as "dicult".
/// The encodings are OT1 (D. Knuth, The TeXbook, appendix F) and T1 (Cork, TUGboat 11:4); which of them a font has, its ligatures say.
/// </summary>
internal static class PdfTexLetters
{
    private const char FirstOfOt1 = '\u000B';
    private const char FirstOfT1 = '\u001B';

    private static readonly string[] Ligatures = ["ff", "fi", "fl", "ffi", "ffl"];

    // From 0x10 on.
    private const string MarksOfT1 = "“”„«»–—";

    /// <summary>The letters with those named that only their codes tell.</summary>
    public static IReadOnlyList<Letter> Named(IReadOnlyList<Letter> letters)
    {
        if (!letters.Any(IsControl)) return letters;
        var named = new List<Letter>(letters);
        foreach (var font in Enumerable.Range(0, letters.Count).GroupBy(i => letters[i].FontName))
        {
            var isOt1 = font.Any(i => IsLigature(letters, i, FirstOfOt1));
            var isT1 = !isOt1 && font.Any(i => IsLigature(letters, i, FirstOfT1));
            if (!isOt1 && !isT1) continue;
            foreach (var i in font.Where(i => IsControl(letters[i])))
            {
                var first = isOt1 ? FirstOfOt1 : FirstOfT1;
                if (IsLigature(letters, i, first)) named[i] = With(letters[i], Ligatures[letters[i].Value[0] - first]);
                else if (isT1 && letters[i].Value[0] is >= '\u0010' and <= '\u0016') named[i] = With(letters[i], MarksOfT1[letters[i].Value[0] - '\u0010'].ToString());
            }
        }

        return named;
    }

    private static bool IsControl(Letter letter) => letter.Value is [>= FirstOfOt1 and < ' '];

    // Beside a small letter of the same font: in fonts of signs these codes are others.
    private static bool IsLigature(IReadOnlyList<Letter> letters, int at, char first)
    {
        if (letters[at].Value is not [var code] || code < first || code >= first + Ligatures.Length) return false;
        return IsBeside(at - 1) || IsBeside(at + 1);

        bool IsBeside(int other) => other >= 0 && other < letters.Count && letters[other].Value is [>= 'a' and <= 'z'] && letters[other].FontName == letters[at].FontName;
    }

    private static Letter With(Letter letter, string value) => new(
        value, letter.BoundingBox, letter.BoundingBox, letter.StartBaseLine, letter.EndBaseLine, letter.Width, letter.FontSize, letter.GetFont()!, letter.RenderingMode, letter.StrokeColor, letter.FillColor,
        letter.PointSize, letter.TextSequence);
}

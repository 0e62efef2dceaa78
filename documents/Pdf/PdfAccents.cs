using ADRaffy.ENSNormalize;
using UglyToad.PdfPig.Content;

namespace Serverless.Documents.Pdf;

/// <summary>Accents that are drawn as signs of their own above a letter, as TeX does without fonts that have both: "na¨ıve" becomes "naïve".</summary>
internal static class PdfAccents
{
    // Accents that take room of their own, and in the same order the marks that they are when they combine.
    private const string Accents = "\u00B4\u02CA\u0060\u02CB\u00A8\u02C6\u02DC\u02C7\u02D8\u02DA\u00B8\u02DD\u00AF\u02D9\u02DB";
    private const string Marks = "\u0301\u0301\u0300\u0300\u0308\u0302\u0303\u030C\u0306\u030A\u0327\u030B\u0304\u0307\u0328";

    // In sizes of the letter: how far above it an accent's own line stands at the most.
    private const double Highest = 0.75;

    /// <summary>The letters with each accent joined to the one above or below which it stands, where that is drawn next or was drawn last.</summary>
    public static IReadOnlyList<Letter> Joined(IReadOnlyList<Letter> letters)
    {
        List<Letter>? joined = null;
        for (var i = 0; i < letters.Count; i++)
        {
            if (MarkOf(letters[i]) is not { } mark)
            {
                joined?.Add(letters[i]);
                continue;
            }

            joined ??= [.. letters.Take(i)];
            if (i + 1 < letters.Count && StandsAt(letters[i], letters[i + 1])) joined.Add(With(letters[++i], mark));
            else if (joined.Count > 0 && StandsAt(letters[i], joined[^1])) joined[^1] = With(joined[^1], mark);
            else joined.Add(letters[i]);
        }

        return joined ?? letters;
    }

    private static char? MarkOf(Letter letter) => letter.Value.Length == 1 && Accents.IndexOf(letter.Value[0], StringComparison.Ordinal) is >= 0 and var at ? Marks[at] : null;

    private static bool StandsAt(Letter accent, Letter letter)
    {
        if (letter.Value.Length != 1 || !char.IsLetter(letter.Value[0])) return false;
        var middle = (accent.StartBaseLine.X + accent.EndBaseLine.X) / 2;
        return middle > letter.StartBaseLine.X && middle < letter.EndBaseLine.X && Math.Abs(accent.StartBaseLine.Y - letter.StartBaseLine.Y) <= Highest * PdfWords.SizeOf(letter);
    }

    // The dotless letters are drawn for accents to stand on.
    private static Letter With(Letter letter, char mark)
    {
        var plain = letter.Value[0] switch { 'ı' => 'i', 'ȷ' => 'j', var other => other };
        return new Letter(
            ENSNormalize.NF.NFC($"{plain}{mark}"), letter.BoundingBox, letter.BoundingBox, letter.StartBaseLine, letter.EndBaseLine, letter.Width, letter.FontSize, letter.GetFont()!, letter.RenderingMode, letter.StrokeColor,
            letter.FillColor, letter.PointSize, letter.TextSequence);
    }
}

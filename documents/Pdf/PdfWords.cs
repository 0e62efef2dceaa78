using System.Text;
using Serverless.Documents.Signs;
using UglyToad.PdfPig.Content;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Letters to words. A space is what a program wrote as one or a gap: programs that write spaces leave gaps where letters are spaced out, those that write none (TeX, browsers) leave one between any two words.
/// Letters of one height that touch are of one word, whatever their sizes and fonts: small capitals, a bold beginning.
/// </summary>
internal static class PdfWords
{
    // All in sizes of the letter. Of two letters that do not stand on one line, and of a gap between words.
    private const double SameRow = 0.1;
    private const double Gap = 0.13;
    private const double GapBesideSpaces = 0.2;

    // Wider than letters are ever spaced out; from here on letters are not taken together.
    private const double Apart = 0.9;
    private const double WidestTracking = 0.7;
    private const double WidestTrackingWithoutSpaces = 0.22;
    private const int FewestTracked = 4;

    // Of a text in which programs write spaces, every tenth character is one and more.
    private const double FewSpaces = 0.04;

    /// <summary>The words of letters that are written from left to right, in no order of their own.</summary>
    /// <param name="drawn">In the order in which they are drawn.</param>
    public static List<PdfWord> Of(IReadOnlyList<Letter> drawn)
    {
        var letters = PdfAccents.Joined(PdfTexLetters.Named(drawn));
        var words = new List<PdfWord>();
        var hasSpaces = letters.Count(IsSpace) > FewSpaces * letters.Count;
        foreach (var row in Rows(letters))
        {
            var (start, tracking) = (0, 0.0);
            for (var i = 1; i <= row.Count; i++)
            {
                if (i < row.Count && !IsSpace(row[i]) && !IsSpace(row[i - 1]) && Between(row, i) <= Apart) continue;
                AddStretch(words, row.GetRange(start, i - start), hasSpaces, ref tracking);
                start = i;
            }
        }

        return words;
    }

    /// <summary>In points; fonts whose size says nothing have the height of their letters.</summary>
    public static double SizeOf(Letter letter) => letter.PointSize is > 1 and < 500 ? letter.PointSize : Math.Max(1, Math.Abs(letter.BoundingBox.Height));

    private static bool IsSpace(Letter letter) => string.IsNullOrWhiteSpace(letter.Value);

    private static IEnumerable<List<Letter>> Rows(IReadOnlyList<Letter> letters)
    {
        var row = new List<Letter>();
        foreach (var letter in letters.OrderByDescending(letter => letter.StartBaseLine.Y))
        {
            if (row.Count > 0 && row[0].StartBaseLine.Y - letter.StartBaseLine.Y > Math.Max(0.5, SameRow * Math.Min(SizeOf(row[0]), SizeOf(letter))))
            {
                yield return Sorted(row);
                row = [];
            }

            row.Add(letter);
        }

        if (row.Count > 0) yield return Sorted(row);
    }

    private static List<Letter> Sorted(List<Letter> row) => [.. row.OrderBy(letter => letter.StartBaseLine.X)];

    private static double Between(List<Letter> row, int at) => (row[at].StartBaseLine.X - row[at - 1].EndBaseLine.X) / Math.Min(SizeOf(row[at]), SizeOf(row[at - 1]));

    // Letters without a space or a wide gap between them.
    private static void AddStretch(List<PdfWord> words, List<Letter> letters, bool hasSpaces, ref double tracking)
    {
        if (IsSpace(letters[0])) return;
        // A short word of a title is spaced out as the longer one before it.
        if (letters.Count >= FewestTracked) tracking = Tracking(letters, hasSpaces);
        var widest = (hasSpaces ? GapBesideSpaces : Gap) + tracking;
        var start = 0;
        for (var i = 1; i <= letters.Count; i++)
        {
            if (i < letters.Count && Between(letters, i) <= widest) continue;
            Add(words, letters.GetRange(start, i - start));
            start = i;
        }
    }

    // How far letters of a title are spaced out: by about as much between most of them.
    private static double Tracking(List<Letter> letters, bool hasSpaces)
    {
        if (letters.Count(letter => char.IsLetter(letter.Value[0])) < 0.8 * letters.Count) return 0;
        var gaps = Enumerable.Range(1, letters.Count - 1).Select(i => Between(letters, i)).Order().ToList();
        var usual = gaps[gaps.Count / 2];
        if (usual <= 0 || usual > (hasSpaces ? WidestTracking : WidestTrackingWithoutSpaces)) return 0;
        return gaps.Count(gap => Math.Abs(gap - usual) <= 0.08) >= 0.6 * gaps.Count ? usual * 1.2 : 0;
    }

    private static void Add(List<PdfWord> words, List<Letter> letters)
    {
        var text = Clean(VisualText.Logical([.. WithRaised(letters)]));
        if (string.IsNullOrWhiteSpace(text)) return;
        var first = letters[0];
        words.Add(new PdfWord(
            text, letters.Min(letter => letter.StartBaseLine.X), letters.Max(letter => letter.EndBaseLine.X), first.StartBaseLine.Y, SizeOf(first)));
    }

    // Digits and signs that stand smaller and higher than the letters before them.
    private static IEnumerable<string> WithRaised(List<Letter> letters)
    {
        var line = letters[0];
        foreach (var letter in letters)
        {
            yield return PdfWord.StandsRaised(letter.PointSize, letter.StartBaseLine.Y, line.PointSize, line.StartBaseLine.Y) ? RaisedText.Superscript(letter.Value) ?? letter.Value : letter.Value;
        }
    }

    /// <summary>A text without what fonts that have no map to Unicode give: control characters and half pairs.</summary>
    public static string Clean(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsControl(text[i]) && !char.IsSurrogate(text[i])) continue;
            if (char.IsSurrogatePair(text, i)) i++;
            else return string.Concat(text.EnumerateRunes().Where(rune => !Rune.IsControl(rune)).Select(rune => rune.ToString()));
        }

        return text;
    }
}

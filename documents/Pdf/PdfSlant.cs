using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Text that is written a little upwards or downwards: a scan that lay askew, a box on a poster. Each of its letters stands at a height of its own, so that its lines would fall to pieces; here it is
/// turned until they are level, apart from what is written otherwise.
/// </summary>
internal static class PdfSlant
{
    // In degrees. Less than a line of a page tells from another; what a text's letters differ by; how finely they are counted.
    private const double Level = 0.3;
    private const double Together = 1.5;
    private const double Step = 0.5;

    // Fewer are letters on a curve.
    private const int Fewest = 12;

    /// <summary>Letters that are written from left to right, by their slant, the most first.</summary>
    public static IEnumerable<List<Letter>> Parts(List<Letter> letters)
    {
        if (letters.TrueForAll(letter => Math.Abs(Angle(letter)) < Level))
        {
            yield return letters;
            yield break;
        }

        var rest = letters;
        var parts = new List<List<Letter>>();
        while (rest.Count >= Fewest)
        {
            var most = rest.GroupBy(letter => Math.Round(Angle(letter) / Step)).MaxBy(group => group.Count())!.Key * Step;
            var part = rest.FindAll(letter => Math.Abs(Angle(letter) - most) <= Together);
            if (part.Count < Fewest) break;
            var slant = part.Average(Angle);
            parts.Add(Math.Abs(slant) < Level ? part : part.ConvertAll(letter => Turned(letter, -slant)));
            rest = rest.FindAll(letter => Math.Abs(Angle(letter) - most) > Together);
        }

        if (rest.Count > 0) parts.Add(rest);
        foreach (var part in parts) yield return part;
    }

    // Marks that take no room stand as what is before them, for all that is known.
    private static double Angle(Letter letter)
    {
        var (x, y) = (letter.EndBaseLine.X - letter.StartBaseLine.X, letter.EndBaseLine.Y - letter.StartBaseLine.Y);
        return Math.Abs(x) < 0.01 ? 0 : Math.Atan2(y, x) * 180 / Math.PI;
    }

    private static Letter Turned(Letter letter, double degrees)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        var box = letter.BoundingBox;
        var corners = new[] { Turn(box.TopLeft), Turn(box.TopRight), Turn(box.BottomLeft), Turn(box.BottomRight) };
        var level = new PdfRectangle(corners.Min(corner => corner.X), corners.Min(corner => corner.Y), corners.Max(corner => corner.X), corners.Max(corner => corner.Y));
        var (start, end) = (Turn(letter.StartBaseLine), Turn(letter.EndBaseLine));
        return new Letter(
            letter.Value, level, level, start, end, end.X - start.X, letter.FontSize, letter.GetFont()!, letter.RenderingMode, letter.StrokeColor, letter.FillColor, letter.PointSize, letter.TextSequence);

        PdfPoint Turn(PdfPoint point) => new((point.X * cosine) - (point.Y * sine), (point.X * sine) + (point.Y * cosine));
    }
}

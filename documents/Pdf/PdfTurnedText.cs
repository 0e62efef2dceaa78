using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Text that is written upwards, downwards, upside down or askew, as beside a table or on a page whose content lies on its side: turned until it is written from left to right, apart from what is written
/// otherwise. White letters on white go, and invisible ones, which make scans searchable, from pages that show letters and no picture.
/// </summary>
internal static class PdfTurnedText
{
    /// <summary>The page's letters by the direction in which they are written, the most first; values of fields belong to those from left to right.</summary>
    public static IEnumerable<PdfPageText> Parts(PdfPageText page)
    {
        var parts = new List<(int Direction, List<Letter> Letters)>();
        foreach (var group in Seen(page).GroupBy(Direction)) parts.AddRange(PdfSlant.Parts([.. group.Select(letter => Turn(letter, group.Key))]).Select(part => (group.Key, part)));
        var values = parts.FindIndex(part => part.Direction == 0);
        if (values < 0 && page.Values.Count > 0)
        {
            values = parts.Count;
            parts.Add((0, []));
        }

        return parts.Select((part, i) => new PdfPageText(part.Letters, [], page.Pictures, i == values ? page.Values : [])).OrderByDescending(part => part.Letters.Count);
    }

    private static IReadOnlyList<Letter> Seen(PdfPageText page)
    {
        // A page of which nothing would be seen is painted in a way that is not known here.
        if (page.Letters.Count == 0) return page.Unseen;
        if (page.Pictures > 0 || !page.Letters.Any(IsInvisible)) return page.Letters;
        var seen = page.Letters.Where(letter => !IsInvisible(letter)).ToList();
        return seen.Count > 0 ? seen : page.Letters;
    }

    private static bool IsInvisible(Letter letter) => letter.RenderingMode is TextRenderingMode.Neither or TextRenderingMode.NeitherClip;

    // Quarters of a turn, against the clock.
    private static int Direction(Letter letter)
    {
        var (x, y) = (letter.EndBaseLine.X - letter.StartBaseLine.X, letter.EndBaseLine.Y - letter.StartBaseLine.Y);
        if (Math.Abs(y) > 2 * Math.Abs(x)) return y > 0 ? 1 : 3;
        return x < 0 && Math.Abs(x) > 2 * Math.Abs(y) ? 2 : 0;
    }

    private static Letter Turn(Letter letter, int direction)
    {
        if (direction == 0) return letter;
        var box = letter.BoundingBox;
        var corners = new[] { Turn(box.TopLeft, direction), Turn(box.BottomRight, direction) };
        var turned = new PdfRectangle(corners.Min(corner => corner.X), corners.Min(corner => corner.Y), corners.Max(corner => corner.X), corners.Max(corner => corner.Y));
        var (start, end) = (Turn(letter.StartBaseLine, direction), Turn(letter.EndBaseLine, direction));
        return new Letter(
            letter.Value, turned, turned, start, end, end.X - start.X, letter.FontSize, letter.GetFont()!, letter.RenderingMode, letter.StrokeColor, letter.FillColor, letter.PointSize, letter.TextSequence);
    }

    private static PdfPoint Turn(PdfPoint point, int direction) => direction switch
    {
        1 => new PdfPoint(point.Y, -point.X),
        2 => new PdfPoint(-point.X, -point.Y),
        _ => new PdfPoint(-point.Y, point.X),
    };
}

using UglyToad.PdfPig.Core;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Which letters stand where on a page. Without a bold font programs draw a text twice, a little apart: each letter is one. The same letter may follow itself, by its own width.
/// </summary>
internal sealed class PdfDrawnLetters
{
    private const double Apart = 0.1;
    private const double ApartOfWidth = 0.4;

    private readonly Dictionary<(string Letter, long X, long Y), PdfPoint> _letters = [];

    /// <summary>False where the same letter stands there already.</summary>
    /// <param name="size">In points.</param>
    /// <param name="width">How far the next letter stands, in points.</param>
    public bool Add(string letter, PdfPoint at, double size, double width)
    {
        var step = Math.Min(Math.Abs(size) * Apart, Math.Abs(width) * ApartOfWidth);
        if (!(step is > 0.001 and < 1000) || string.IsNullOrWhiteSpace(letter)) return true;
        var (x, y) = ((long)Math.Clamp(at.X / step, int.MinValue, int.MaxValue), (long)Math.Clamp(at.Y / step, int.MinValue, int.MaxValue));
        for (var i = -1; i <= 1; i++)
        {
            for (var j = -1; j <= 1; j++)
            {
                if (_letters.TryGetValue((letter, x + i, y + j), out var known) && Math.Abs(known.X - at.X) <= step && Math.Abs(known.Y - at.Y) <= step) return false;
            }
        }

        _letters[(letter, x, y)] = at;
        return true;
    }
}

using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Graphics.Colors;

namespace Serverless.Documents.Pdf;

/// <summary>What has been painted on a page so far, by boxes around it: white letters that stand on none of it are there for nobody to see.</summary>
internal sealed class PdfPaint
{
    private const int MaxBoxes = 1024;
    private const double White = 0.97;

    private readonly List<PdfRectangle> _boxes = [];
    private double _left = double.MaxValue;
    private double _bottom = double.MaxValue;
    private double _right = double.MinValue;
    private double _top = double.MinValue;
    private bool _coversAll;

    /// <summary>A point of the path that is being drawn, in the page's coordinates.</summary>
    public void Add(PdfPoint point)
    {
        (_left, _right) = (Math.Min(_left, point.X), Math.Max(_right, point.X));
        (_bottom, _top) = (Math.Min(_bottom, point.Y), Math.Max(_top, point.Y));
    }

    /// <summary>The path is painted, or done with.</summary>
    /// <param name="color">Null where it is not painted.</param>
    /// <param name="wider">By how much it reaches beyond its points.</param>
    public void End(IColor? color, double wider = 0)
    {
        if (color is not null && !IsWhite(color) && _left <= _right) Cover(new PdfRectangle(_left - wider, _bottom - wider, _right + wider, _top + wider));
        (_left, _bottom, _right, _top) = (double.MaxValue, double.MaxValue, double.MinValue, double.MinValue);
    }

    /// <summary>Something that is not white lies there; with more of them than are kept it may be anywhere.</summary>
    public void Cover(PdfRectangle box)
    {
        if (_boxes.Count == MaxBoxes) _coversAll = true;
        else _boxes.Add(box);
    }

    public void CoverAll() => _coversAll = true;

    /// <summary>Whether a letter of that color is seen there.</summary>
    public bool Shows(IColor? color, PdfPoint at) => _coversAll || color is null || !IsWhite(color)
        || _boxes.Exists(box => at.X >= box.Left - 1 && at.X <= box.Right + 1 && at.Y >= box.Bottom - 1 && at.Y <= box.Top + 1);

    private static bool IsWhite(IColor color)
    {
        if (color is PatternColor) return false;
        var (red, green, blue) = color.ToRGBValues();
        return red >= White && green >= White && blue >= White;
    }
}

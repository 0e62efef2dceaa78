using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Geometry;
using UglyToad.PdfPig.Graphics;
using UglyToad.PdfPig.Graphics.Colors;
using UglyToad.PdfPig.Graphics.Operations;
using UglyToad.PdfPig.Parser;
using UglyToad.PdfPig.PdfFonts;
using UglyToad.PdfPig.Tokenization.Scanner;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Draws a page's letters, and of all else only where it lies, and counts them as it goes: a form may be drawn a million times by a page of a few bytes. Where letters come to stand
/// is PdfPig's own reckoning (its ContentStreamProcessor).
/// </summary>
internal sealed class PdfTextProcessor(
    int pageNumber, IResourceStore resourceStore, IPdfTokenScanner pdfScanner, IPageContentParser pageContentParser, ILookupFilterProvider filterProvider, CropBox cropBox,
    UserSpaceUnit userSpaceUnit, PageRotationDegrees rotation, TransformationMatrix initialMatrix, ParsingOptions parsingOptions)
    : BaseStreamProcessor<PdfPageText>(pageNumber, resourceStore, pdfScanner, pageContentParser, filterProvider, cropBox, userSpaceUnit, rotation, initialMatrix, parsingOptions)
{
    private const int MaxActual = 16;

    private readonly PdfFilters _bounds = (PdfFilters)parsingOptions.FilterProvider!;
    private readonly List<Letter> _letters = [];
    private readonly List<Letter> _unseen = [];
    private readonly PdfPaint _paint = new();
    private readonly List<PdfWord> _values = [];
    private readonly PdfDrawnLetters _drawn = new();
    private readonly TransformationMatrix _initial = initialMatrix;
    private readonly Stack<string?> _marked = new();
    private string? _actual;
    private int _pictures;

    public override PdfPageText Process(int pageNumberCurrent, IReadOnlyList<IGraphicsStateOperation> operations)
    {
        PageNumber = pageNumberCurrent;
        CloneAllStates();
        ProcessOperations(operations);
        return new PdfPageText(_letters, _unseen, _pictures, _values);
    }

    /// <summary>The page's content and what stands on it beside.</summary>
    public PdfPageText Process(int number, IReadOnlyList<IGraphicsStateOperation> operations, IEnumerable<PdfAnnotation> annotations)
    {
        var page = Process(number, operations);
        foreach (var annotation in annotations)
        {
            _bounds.CountForm();
            if (annotation.Appearance is { } appearance) Draw(appearance, annotation.Place);
            else if (annotation.Value is { } value) Write(value, annotation.Place);
        }

        return page;
    }

    public override void RenderGlyph(
        IFont font, CurrentGraphicsState currentState, double fontSize, double pointSize, int code, string unicode, long currentOffset, in TransformationMatrix renderingMatrix,
        in TransformationMatrix textMatrix, in TransformationMatrix transformationMatrix, CharacterBoundingBox characterBoundingBox)
    {
        _bounds.CountLetter();
        var glyph = transformationMatrix.Transform(textMatrix.Transform(renderingMatrix.Transform(characterBoundingBox.GlyphBounds)));
        var advance = transformationMatrix.Transform(
            textMatrix.Transform(renderingMatrix.Transform(new PdfRectangle(0, 0, characterBoundingBox.Width, UserSpaceUnit.PointMultiples))));
        // White on white.
        var isSeen = currentState.FontState.TextRenderingMode != TextRenderingMode.Fill || _paint.Shows(currentState.CurrentNonStrokingColor, advance.BottomLeft);
        // Letters that are drawn again where they stand, or next to it, are bold, or have a shadow.
        if (!_drawn.Add(unicode, advance.BottomLeft, pointSize, advance.Width) || !TakesPlace(ref unicode)) return;
        (isSeen ? _letters : _unseen).Add(new Letter(
            unicode, glyph, glyph, advance.BottomLeft, advance.BottomRight, advance.Width, fontSize, font, currentState.FontState.TextRenderingMode,
            currentState.CurrentStrokingColor!, currentState.CurrentNonStrokingColor!, pointSize, TextSequence));
    }

    // ISO 32000-2, section 12.5.5: what its matrix makes of the form's box is laid on the annotation's place.
    private void Draw(StreamToken form, PdfRectangle place)
    {
        if (Numbers(form, NameToken.Bbox, 4) is not { } box) return;
        var own = Numbers(form, NameToken.Matrix, 6) is { } matrix ? TransformationMatrix.FromValues(matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]) : TransformationMatrix.Identity;
        var corners = new[] { own.Transform(new PdfPoint(box[0], box[1])), own.Transform(new PdfPoint(box[2], box[1])), own.Transform(new PdfPoint(box[0], box[3])), own.Transform(new PdfPoint(box[2], box[3])) };
        var (left, bottom) = (corners.Min(corner => corner.X), corners.Min(corner => corner.Y));
        var (width, height) = (corners.Max(corner => corner.X) - left, corners.Max(corner => corner.Y) - bottom);
        if (width <= 0 || height <= 0) return;
        var (across, up) = (place.Width / width, place.Height / height);
        PushState();
        GetCurrentState().CurrentTransformationMatrix = TransformationMatrix.FromValues(across, 0, 0, up, place.Left - (left * across), place.Bottom - (bottom * up)).Multiply(_initial);
        ProcessFormXObject(form, NameToken.Ap);
        PopState();
    }

    private double[]? Numbers(StreamToken form, NameToken name, int count) =>
        form.StreamDictionary.TryGet(name, PdfScanner, out ArrayToken? array) && array.Data.OfType<NumericToken>().Select(number => number.Double).ToArray() is { } numbers && numbers.Length == count ? numbers : null;

    // About where a viewer would: the first line at the top of a field of several, in the middle of one.
    private void Write(string value, PdfRectangle place)
    {
        var size = Math.Clamp(place.Height * 0.7, 4, 10);
        var baseline = place.Height < 2.5 * size ? place.Bottom + ((place.Height - (0.7 * size)) / 2) : place.Top - size;
        foreach (var line in value.ReplaceLineEndings("\n").Split('\n'))
        {
            var left = place.Left + 2;
            foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                _bounds.CountLetter();
                var right = left + (word.Length * size * 0.5);
                var (from, to) = (_initial.Transform(new PdfPoint(left, baseline)), _initial.Transform(new PdfPoint(right, baseline)));
                _values.Add(new PdfWord(word, Math.Min(from.X, to.X), Math.Max(from.X, to.X), from.Y, size));
                left = right + (size * 0.25);
            }

            baseline -= 1.2 * size;
        }
    }

    public override void PushState()
    {
        base.PushState();
        _bounds.CheckStates(StackSize);
    }

    protected override void ProcessFormXObject(StreamToken formStream, NameToken xObjectName)
    {
        _bounds.CountForm();
        base.ProcessFormXObject(formStream, xObjectName);
    }

    protected override void RenderXObjectImage(XObjectContentRecord xObjectContentRecord) => Picture();

    protected override void RenderInlineImage(InlineImage inlineImage) => Picture();

    public override void BeginSubpath()
    {
    }

    public override PdfPoint? CloseSubpath() => null;

    public override void StrokePath(bool close) => _paint.End(GetCurrentState().CurrentStrokingColor, LineWidth());

    public override void FillPath(FillingRule fillingRule, bool close) => _paint.End(GetCurrentState().CurrentNonStrokingColor);

    public override void FillStrokePath(FillingRule fillingRule, bool close) => _paint.End(GetCurrentState().CurrentNonStrokingColor);

    public override void MoveTo(double x, double y) => AddPoint(x, y);

    public override void BezierCurveTo(double x2, double y2, double x3, double y3)
    {
        AddPoint(x2, y2);
        AddPoint(x3, y3);
    }

    public override void BezierCurveTo(double x1, double y1, double x2, double y2, double x3, double y3)
    {
        AddPoint(x1, y1);
        BezierCurveTo(x2, y2, x3, y3);
    }

    public override void LineTo(double x, double y) => AddPoint(x, y);

    public override void Rectangle(double x, double y, double width, double height)
    {
        AddPoint(x, y);
        AddPoint(x + width, y);
        AddPoint(x, y + height);
        AddPoint(x + width, y + height);
    }

    public override void EndPath() => _paint.End(null);

    // A picture fills the unit square of its own coordinates.
    private void Picture()
    {
        _pictures++;
        _paint.End(null);
        Rectangle(0, 0, 1, 1);
        _paint.End(GrayColor.Black);
    }

    private void AddPoint(double x, double y) => _paint.Add(GetCurrentState().CurrentTransformationMatrix.Transform(new PdfPoint(x, y)));

    private double LineWidth()
    {
        var state = GetCurrentState();
        return (double)state.LineWidth / 2 * Math.Sqrt(Math.Abs((state.CurrentTransformationMatrix.A * state.CurrentTransformationMatrix.D) - (state.CurrentTransformationMatrix.B * state.CurrentTransformationMatrix.C)));
    }

    public override void ClosePath()
    {
    }

    public override void ModifyClippingIntersect(FillingRule clippingRule)
    {
    }

    protected override void ClipToRectangle(PdfRectangle rectangle, FillingRule clippingRule)
    {
    }

    public override void BeginMarkedContent(NameToken name, NameToken? propertyDictionaryName, DictionaryToken? properties)
    {
        if (propertyDictionaryName is not null) properties = ResourceStore.GetMarkedContentPropertiesDictionary(propertyDictionaryName);
        IToken? actual = null;
        _ = properties?.TryGet(NameToken.ActualText, out actual);
        var text = actual switch { StringToken plain => plain.Data, HexToken hexadecimal => hexadecimal.Data, _ => null };
        // Of longer stretches it tells how they are to be read aloud.
        var isSigns = text is { Length: <= MaxActual } && !text.Any(char.IsWhiteSpace);
        _marked.Push(isSigns ? text : null);
        if (isSigns) _actual = text;
        _bounds.CheckStates(_marked.Count);
    }

    public override void EndMarkedContent()
    {
        if (_marked.TryPop(out var text) && text is not null) _actual = null;
    }

    // ISO 32000-2, section 14.9.4: the text of a ligature, of a letter of a font without a map, of a sign that is an ornament or a hyphen. All its letters together are the first.
    private bool TakesPlace(ref string unicode)
    {
        if (_actual is null) return true;
        (unicode, _actual) = (_actual, string.Empty);
        return unicode.Length > 0;
    }

    public override void PaintShading(NameToken shadingName) => _paint.CoverAll();
}

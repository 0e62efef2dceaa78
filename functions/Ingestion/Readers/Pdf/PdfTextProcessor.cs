using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Geometry;
using UglyToad.PdfPig.Graphics;
using UglyToad.PdfPig.Graphics.Operations;
using UglyToad.PdfPig.Parser;
using UglyToad.PdfPig.PdfFonts;
using UglyToad.PdfPig.Tokenization.Scanner;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Functions.Ingestion.Readers.Pdf;

/// <summary>
/// Draws a page's letters and nothing else, and counts them as it goes: a form may be drawn a million times by a page of a few bytes. Where letters come to stand
/// is PdfPig's own reckoning (its ContentStreamProcessor).
/// </summary>
internal sealed class PdfTextProcessor(
    int pageNumber, IResourceStore resourceStore, IPdfTokenScanner pdfScanner, IPageContentParser pageContentParser, ILookupFilterProvider filterProvider, CropBox cropBox,
    UserSpaceUnit userSpaceUnit, PageRotationDegrees rotation, TransformationMatrix initialMatrix, ParsingOptions parsingOptions)
    : BaseStreamProcessor<PdfPageText>(pageNumber, resourceStore, pdfScanner, pageContentParser, filterProvider, cropBox, userSpaceUnit, rotation, initialMatrix, parsingOptions)
{
    private readonly PdfFilters _bounds = (PdfFilters)parsingOptions.FilterProvider!;
    private readonly List<Letter> _letters = [];
    private int _pictures;

    public override PdfPageText Process(int pageNumberCurrent, IReadOnlyList<IGraphicsStateOperation> operations)
    {
        PageNumber = pageNumberCurrent;
        CloneAllStates();
        ProcessOperations(operations);
        return new PdfPageText(_letters, _pictures);
    }

    public override void RenderGlyph(
        IFont font, CurrentGraphicsState currentState, double fontSize, double pointSize, int code, string unicode, long currentOffset, in TransformationMatrix renderingMatrix,
        in TransformationMatrix textMatrix, in TransformationMatrix transformationMatrix, CharacterBoundingBox characterBoundingBox)
    {
        _bounds.CountLetter();
        var glyph = transformationMatrix.Transform(textMatrix.Transform(renderingMatrix.Transform(characterBoundingBox.GlyphBounds)));
        var advance = transformationMatrix.Transform(
            textMatrix.Transform(renderingMatrix.Transform(new PdfRectangle(0, 0, characterBoundingBox.Width, UserSpaceUnit.PointMultiples))));
        _letters.Add(new Letter(
            unicode, glyph, glyph, advance.BottomLeft, advance.BottomRight, advance.Width, fontSize, font, currentState.FontState.TextRenderingMode,
            currentState.CurrentStrokingColor!, currentState.CurrentNonStrokingColor!, pointSize, TextSequence));
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

    protected override void RenderXObjectImage(XObjectContentRecord xObjectContentRecord) => _pictures++;

    protected override void RenderInlineImage(InlineImage inlineImage) => _pictures++;

    public override void BeginSubpath()
    {
    }

    public override PdfPoint? CloseSubpath() => null;

    public override void StrokePath(bool close)
    {
    }

    public override void FillPath(FillingRule fillingRule, bool close)
    {
    }

    public override void FillStrokePath(FillingRule fillingRule, bool close)
    {
    }

    public override void MoveTo(double x, double y)
    {
    }

    public override void BezierCurveTo(double x2, double y2, double x3, double y3)
    {
    }

    public override void BezierCurveTo(double x1, double y1, double x2, double y2, double x3, double y3)
    {
    }

    public override void LineTo(double x, double y)
    {
    }

    public override void Rectangle(double x, double y, double width, double height)
    {
    }

    public override void EndPath()
    {
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
    }

    public override void EndMarkedContent()
    {
    }

    public override void PaintShading(NameToken shadingName)
    {
    }
}

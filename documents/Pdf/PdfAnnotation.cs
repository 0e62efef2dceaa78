using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Documents.Pdf;

/// <summary>What stands on a page beside its content and is seen: a form's field, a text written over it, a stamp.</summary>
/// <param name="Place">In the page's own coordinates.</param>
/// <param name="Appearance">How it is drawn; null where whoever shows the page is to draw it.</param>
/// <param name="Value">What the field was filled in with, or the text; null for none.</param>
internal sealed record PdfAnnotation(PdfRectangle Place, StreamToken? Appearance, string? Value)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Value?.Length ?? 0} chars]";
}

using UglyToad.PdfPig.Content;

namespace Serverless.Documents.Pdf;

/// <summary>What a page shows, as far as it is read.</summary>
/// <param name="Letters">In the order in which they are drawn.</param>
/// <param name="Unseen">White letters on white.</param>
/// <param name="Pictures">How many it draws.</param>
/// <param name="Values">Words of fields that nobody has drawn yet.</param>
internal sealed record PdfPageText(IReadOnlyList<Letter> Letters, IReadOnlyList<Letter> Unseen, int Pictures, IReadOnlyList<PdfWord> Values)
{
    public override string ToString() => $"[{Letters.Count} letters, {Pictures} pictures]";
}

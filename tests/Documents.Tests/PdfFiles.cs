using System.IO.Compression;
using System.Text;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Fonts.Standard14Fonts;
using UglyToad.PdfPig.Writer;

namespace Serverless.Documents.Tests;

/// <summary>PDFs, written with PdfPig.</summary>
internal static class PdfFiles
{
    /// <param name="pages">Texts with their left edge, baseline and size in points; a page is 595 by 842.</param>
    public static byte[] Write(params IReadOnlyList<(string Text, double X, double Y, double Size)>[] pages)
    {
        using var builder = new PdfDocumentBuilder();
        var font = builder.AddStandard14Font(Standard14Font.Helvetica);
        foreach (var page in pages)
        {
            var written = builder.AddPage(PageSize.A4);
            foreach (var (text, x, y, size) in page) written.AddText(text, size, new PdfPoint(x, y), font);
        }

        return builder.Build();
    }

    /// <summary>Lines of ordinary size from a height down.</summary>
    public static IEnumerable<(string Text, double X, double Y, double Size)> Lines(double x, double y, params string[] lines) => lines.Select((line, i) => (line, x, y - (14 * i), 10.0));

    /// <summary>A page that draws a form, whose content is compressed, so many times.</summary>
    public static byte[] Form(string content, int times)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) stream.Write(Encoding.Latin1.GetBytes(content));
        var draws = string.Concat(Enumerable.Repeat("/X Do ", times));
        (string Dictionary, byte[]? Stream)[] objects =
        [
            ("<</Type/Catalog/Pages 2 0 R>>", null), ("<</Type/Pages/Kids[3 0 R]/Count 1>>", null),
            ("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</XObject<</X 6 0 R>>>>>>", null), ("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", null),
            ($"<</Length {draws.Length}>>", Encoding.Latin1.GetBytes(draws)),
            ($"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F 4 0 R>>>>/Filter/FlateDecode/Length {packed.Length}>>", packed.ToArray()),
        ];
        return Objects(objects);
    }

    /// <summary>A page with annotations: its content, which draws in font F, and after it the objects from 6 on; the page's own are those that <paramref name="annotations"/> refers to.</summary>
    public static byte[] Annotated(string content, string annotations, params (string Dictionary, string? Stream)[] more) => Objects(
    [
        ("<</Type/Catalog/Pages 2 0 R>>", null), ("<</Type/Pages/Kids[3 0 R]/Count 1>>", null),
        ($"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>/Annots {annotations}>>", null), ("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", null),
        ($"<</Length {content.Length}>>", Encoding.Latin1.GetBytes(content)),
        .. more.Select(item => (item.Stream is null ? item.Dictionary : item.Dictionary.Replace("/Length 0", $"/Length {item.Stream.Length}", StringComparison.Ordinal), item.Stream is null ? null : Encoding.Latin1.GetBytes(item.Stream))),
    ]);

    /// <summary>A page that says "Cover", with files: what the catalog says beside its pages, and the objects from 6 on.</summary>
    public static byte[] WithFiles(string catalog, params (string Dictionary, byte[]? Stream)[] more) => Objects(
    [
        ($"<</Type/Catalog/Pages 2 0 R{catalog}>>", null), ("<</Type/Pages/Kids[3 0 R]/Count 1>>", null), ("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>>>", null),
        ("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", null), ("<</Length 36>>", Encoding.Latin1.GetBytes("BT /F 10 Tf 50 700 Td (Cover) Tj ET  ")), .. more,
    ]);

    public static byte[] Objects(IReadOnlyList<(string Dictionary, byte[]? Stream)> objects)
    {
        using var file = new MemoryStream();
        var offsets = new List<long>();
        Write("%PDF-1.5\n");
        foreach (var (dictionary, stream) in objects)
        {
            offsets.Add(file.Position);
            Write($"{offsets.Count} 0 obj\n{dictionary}\n");
            if (stream is not null)
            {
                Write("stream\n");
                file.Write(stream);
                Write("\nendstream\n");
            }

            Write("endobj\n");
        }

        var start = file.Position;
        Write($"xref\n0 {offsets.Count + 1}\n0000000000 65535 f \n{string.Concat(offsets.Select(offset => $"{offset:D10} 00000 n \n"))}");
        Write($"trailer<</Size {offsets.Count + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF");
        return file.ToArray();

        void Write(string text) => file.Write(Encoding.Latin1.GetBytes(text));
    }

    /// <summary>One page that is one picture.</summary>
    public static byte[] Scan()
    {
        using var builder = new PdfDocumentBuilder();
        var page = builder.AddPage(PageSize.A4);
        page.AddPng(Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), new PdfRectangle(0, 0, 500, 700));
        return builder.Build();
    }
}

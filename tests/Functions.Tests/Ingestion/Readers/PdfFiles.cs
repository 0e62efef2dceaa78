using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Fonts.Standard14Fonts;
using UglyToad.PdfPig.Writer;

namespace Serverless.Functions.Tests.Ingestion.Readers;

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

    /// <summary>One page that is one picture.</summary>
    public static byte[] Scan()
    {
        using var builder = new PdfDocumentBuilder();
        var page = builder.AddPage(PageSize.A4);
        page.AddPng(Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), new PdfRectangle(0, 0, 500, 700));
        return builder.Build();
    }
}

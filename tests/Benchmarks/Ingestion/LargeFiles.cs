using System.Globalization;
using System.Text;
using Serverless.Documents.Tests;

namespace Serverless.Benchmarks.Ingestion;

/// <summary>Files at the bounds of what is read, of words that no two paragraphs share.</summary>
internal static class LargeFiles
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>Each with its name, whose ending decides on the reader.</summary>
    public static IReadOnlyList<(string What, string Name, Func<byte[]> Make)> All { get; } =
    [
        ("nothing: a text of one line", "empty.txt", () => "One line."u8.ToArray()),
        ("text, 20 MB", "a.txt", () => Text(20 * Megabyte, false)),
        ("Markdown, 20 MB", "a.md", () => Text(20 * Megabyte, true)),
        ("text, 99 MB, with both settings at the most", "large.txt", () => Text(99 * Megabyte, false)),
        ("CSV, 20 MB", "a.csv", () => Csv(20 * Megabyte)),
        ("HTML, 20 MB", "a.html", () => Html((20 * Megabyte) - 200)),
        ("JSON lines, 5 MB", "a.jsonl", () => Json(5 * Megabyte)),
        ("PDF, 2,000 pages", "a.pdf", () => PdfFiles.Write([.. Enumerable.Range(0, 2000).Select(page => (IReadOnlyList<(string, double, double, double)>)[.. PdfFiles.Lines(50, 790, [.. Enumerable.Range(0, 50).Select(line => Sentence((page * 50) + line)[..75])])])])),
        ("XLSX, 100,000 rows of 10 cells", "a.xlsx", () => OfficeFiles.Workbook([], ("Sheet", Rows(100_000), false))),
        ("XLSX, 1,000,000 rows of 3 cells", "rows.xlsx", () => OfficeFiles.Workbook([], ("Sheet", ShortRows(1_000_000), false))),
        ("DOCX, 100,000 paragraphs", "a.docx", () => OfficeFiles.Word(string.Concat(Enumerable.Range(0, 100_000).Select(i => OfficeFiles.Paragraph(Sentence(i)))))),
        ("ZIP of 20 texts, 20 MB unpacked", "a.zip", () => OfficeFiles.Zip([.. Enumerable.Range(0, 20).Select(i => ($"{i}.txt", Text(Megabyte, false)))])),
    ];

    private static string Sentence(int i) => string.Create(CultureInfo.InvariantCulture, $"Specimen {i:D7} likes shade and needs water once a week in the months of summer, and a place that is not too warm in winter.");

    private static byte[] Text(int bytes, bool isMarkdown)
    {
        var text = new StringBuilder(bytes + 200);
        for (var i = 0; text.Length < bytes; i++)
        {
            if (isMarkdown && i % 20 == 0) text.Append(CultureInfo.InvariantCulture, $"## Bed {i}\n\n");
            text.Append(Sentence(i)).Append("\n\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Csv(int bytes)
    {
        var text = new StringBuilder("number,name,place,care\n");
        for (var i = 0; text.Length < bytes; i++) text.Append(CultureInfo.InvariantCulture, $"{i},specimen {i},bed {i % 97},water it once a week and feed it in spring\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Html(int bytes)
    {
        var text = new StringBuilder("<!doctype html><html><head><title>Beds</title></head><body>");
        for (var i = 0; text.Length < bytes; i++) text.Append("<p>").Append(Sentence(i)).Append("</p>\n");
        return Encoding.UTF8.GetBytes(text.Append("</body></html>").ToString());
    }

    private static byte[] Json(int bytes)
    {
        var text = new StringBuilder();
        for (var i = 0; text.Length < bytes; i++) text.Append(CultureInfo.InvariantCulture, $"{{\"number\":{i},\"care\":\"{Sentence(i)}\"}}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // A sheet has 1,048,576 rows at most.
    private static string ShortRows(int rows)
    {
        var xml = new StringBuilder();
        for (var row = 1; row <= rows; row++)
            xml.Append(CultureInfo.InvariantCulture, $"<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c><c r=\"B{row}\" t=\"inlineStr\"><is><t>specimen {row % 9973}</t></is></c><c r=\"C{row}\"><v>{row % 97}.5</v></c></row>");
        return xml.ToString();
    }

    private static string Rows(int rows)
    {
        var xml = new StringBuilder();
        for (var row = 1; row <= rows; row++)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<row r=\"{row}\">");
            for (var column = 0; column < 10; column++)
                xml.Append(CultureInfo.InvariantCulture, $"<c r=\"{(char)('A' + column)}{row}\" t=\"inlineStr\"><is><t>cell {row} {column}</t></is></c>");
            xml.Append("</row>");
        }

        return xml.ToString();
    }
}

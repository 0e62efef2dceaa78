using System.Globalization;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;

namespace Serverless.Documents.Office;

/// <summary>XLSX: a section a sheet, its cells as a table, or as several where blank rows or columns part such, without the columns that are empty, and the texts of boxes laid over them; formulas as Excel last saw them. Hidden sheets, rows and columns go.</summary>
public sealed class SheetReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".xlsx", ".xlsm", ".xltx"];

    public IReadOnlyList<string> MediaTypes { get; } =
    [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    ];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope) => OfficePackage.Read(
        file, "workbook", scope, (stream, settings) => SpreadsheetDocument.Open(stream, false, settings), document => Read(document, scope));

    private static ExtractedDocument Read(SpreadsheetDocument document, ReadingScope scope)
    {
        var book = document.WorkbookPart ?? throw new InvalidDataException();
        var sheets = book.Workbook?.Sheets?.Elements<Sheet>().ToList() ?? [];
        scope.CheckPages(sheets.Count, "sheets");
        var cells = new SheetCells(SharedStrings(book, scope), SheetFormats.Read(book, scope));
        var builder = new ExtractedTextBuilder(scope);
        var isBroken = false;
        foreach (var sheet in sheets)
        {
            if (sheet.State?.Value is { } state && state != SheetStateValues.Visible) continue;
            if (sheet.Id?.Value is not { } id || !book.TryGetPartById(id, out var named) || named is not WorksheetPart part) continue;
            using var rows = OfficePackage.TryPart(() => cells.Rows(part, scope), ref isBroken);
            var boxes = part.DrawingsPart is { } drawings ? OfficePackage.TryPart(() => SlideText.Read(drawings, scope, hasCharts: false), ref isBroken) : null;
            if (rows is null or { Count: 0 } && boxes is null or { IsEmpty: true }) continue;
            builder.AddHeading(1, sheet.Name?.Value ?? string.Empty);
            if (rows is not null) SheetTables.Add(builder, rows);
            builder.AddGap();
            boxes?.AddTo(builder);
        }

        if (isBroken && builder.IsEmpty) throw new InvalidDataException();
        return builder.Build(OfficePackage.Title(document));
    }

    private static List<SharedString> SharedStrings(WorkbookPart book, ReadingScope scope)
    {
        var strings = new List<SharedString>();
        if (book.SharedStringTablePart is not { } part) return strings;
        using var xml = OfficePackage.Xml(part, scope);
        var text = new StringBuilder();
        long characters = 0;
        var inText = false;
        var runs = new SheetRuns(text);
        xml.Read();
        while (!xml.EOF)
        {
            // Phonetic hints say the text a second time.
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "rPh" })
            {
                xml.Skip();
                continue;
            }

            runs.Read(xml);
            if (xml.NodeType == XmlNodeType.Element) inText = xml is { LocalName: "t", IsEmptyElement: false };
            else if (inText && xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace) OfficePackage.AppendText(xml, text, scope);
            if (xml.LocalName == "si" && (xml.NodeType == XmlNodeType.EndElement || xml.IsEmptyElement))
            {
                strings.Add(new SharedString(OfficeEscapes.Unescape(text.ToString()), runs.HasFormats));
                characters += text.Length;
                scope.CheckText(characters);
                text.Clear();
                runs.Clear();
            }

            if (xml.NodeType == XmlNodeType.EndElement) inText = false;
            xml.Read();
        }

        return strings;
    }
}

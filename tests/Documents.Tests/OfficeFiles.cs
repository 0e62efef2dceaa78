using System.IO.Compression;
using System.Text;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using P = DocumentFormat.OpenXml.Presentation;
using S = DocumentFormat.OpenXml.Spreadsheet;
using W = DocumentFormat.OpenXml.Wordprocessing;

namespace Serverless.Documents.Tests;

/// <summary>Office files, written with the Open XML SDK.</summary>
internal static class OfficeFiles
{
    /// <param name="body">The children of <c>w:body</c> as XML, with prefix w.</param>
    /// <param name="more">Adds parts to the main one.</param>
    public static byte[] Word(string body, string? footnotes = null, string? numbering = null, Action<MainDocumentPart>? more = null) => Write(stream =>
    {
        using var document = WordprocessingDocument.Create(stream, WordprocessingDocumentType.Document);
        document.PackageProperties.Title = "The title";
        var main = document.AddMainDocumentPart();
        var styles = main.AddNewPart<StyleDefinitionsPart>();
        styles.Styles = new W.Styles(
            new W.Style(new W.StyleName { Val = "heading 1" }) { Type = W.StyleValues.Paragraph, StyleId = "berschrift1" },
            new W.Style(new W.StyleName { Val = "heading 2" }, new W.StyleParagraphProperties(new W.NumberingProperties(new W.NumberingId { Val = 9 }))) { Type = W.StyleValues.Paragraph, StyleId = "Numbered2" },
            new W.Style(new W.StyleName { Val = "heading 1" }, new W.StyleParagraphProperties(new W.NumberingProperties(new W.NumberingId { Val = 9 }))) { Type = W.StyleValues.Paragraph, StyleId = "Numbered1" },
            new W.Style(new W.StyleName { Val = "Chapter" }, new W.BasedOn { Val = "berschrift1" }) { Type = W.StyleValues.Paragraph, StyleId = "Chapter" },
            new W.Style(new W.StyleName { Val = "toc 1" }) { Type = W.StyleValues.Paragraph, StyleId = "Verzeichnis1" },
            new W.Style(new W.StyleName { Val = "Gone" }, new W.StyleRunProperties(new W.Vanish())) { Type = W.StyleValues.Paragraph, StyleId = "Gone" },
            new W.Style(new W.StyleName { Val = "GoneToo" }, new W.BasedOn { Val = "Gone" }) { Type = W.StyleValues.Character, StyleId = "GoneToo" },
            new W.Style(new W.StyleName { Val = "Own" }, new W.StyleParagraphProperties(new W.OutlineLevel { Val = 1 })) { Type = W.StyleValues.Paragraph, StyleId = "Own" });
        Feed(main, $"""<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>{body}</w:body></w:document>""");
        if (numbering is not null)
            Feed(main.AddNewPart<NumberingDefinitionsPart>(), $"""<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{numbering}</w:numbering>""");
        more?.Invoke(main);
        if (footnotes is not null)
            Feed(main.AddNewPart<FootnotesPart>(), $"""<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{footnotes}</w:footnotes>""");
    });

    public static string Paragraph(string text, string? style = null) =>
        $"<w:p>{(style is null ? "" : $"<w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>")}<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>";

    /// <param name="slides">Each slide's shape tree as XML, with prefixes p and a, whether it is hidden, and its notes.</param>
    public static byte[] Slides(params (string Shapes, bool Hidden, string? Notes)[] slides) => Write(stream =>
    {
        using var document = PresentationDocument.Create(stream, PresentationDocumentType.Presentation);
        var presentation = document.AddPresentationPart();
        var ids = new P.SlideIdList();
        for (var i = 0; i < slides.Length; i++)
        {
            var part = presentation.AddNewPart<SlidePart>();
            Feed(part, Slide("sld", slides[i].Shapes, slides[i].Hidden ? " show=\"0\"" : ""));
            if (slides[i].Notes is { } notes) Feed(part.AddNewPart<NotesSlidePart>(), Slide("notes", Shape(notes, "body") + Shape("7", "sldNum"), ""));
            ids.Append(new P.SlideId { Id = (uint)(256 + i), RelationshipId = presentation.GetIdOfPart(part) });
        }

        presentation.Presentation = new P.Presentation(ids);
    });

    public static string Shape(string text, string? placeholder = null) =>
        $"<p:sp><p:nvSpPr><p:nvPr>{(placeholder is null ? "" : $"<p:ph type=\"{placeholder}\"/>")}</p:nvPr></p:nvSpPr><p:txBody>"
        + string.Concat(text.Split('\n').Select(line => $"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>")) + "</p:txBody></p:sp>";

    /// <summary>A chart of two series, as Office writes one.</summary>
    public static void Chart(ChartPart part) => Feed(part, """
        <c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Yield</a:t></a:r><a:r><a:t> in kg</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart>
        <c:ser><c:idx val="0"/><c:tx><c:strRef><c:f>S!$B$1</c:f><c:strCache><c:pt idx="0"><c:v>2023</c:v></c:pt></c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache><c:ptCount val="2"/><c:pt idx="0"><c:v>Apples</c:v></c:pt><c:pt idx="1"><c:v>Pears</c:v></c:pt></c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache><c:formatCode>General</c:formatCode><c:pt idx="0"><c:v>0.30000000000000004</c:v></c:pt><c:pt idx="1"><c:v>7</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>
        <c:ser><c:tx><c:v>2024</c:v></c:tx><c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>Apples</c:v></c:pt></c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache><c:pt idx="1"><c:v>8</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>
        </c:barChart><c:valAx><c:title><c:tx><c:rich><a:p><a:r><a:t>Axis</a:t></a:r></a:p></c:rich></c:tx></c:title></c:valAx></c:plotArea></c:chart></c:chartSpace>
        """);

    /// <summary>A diagram of two shapes, with the points that lay it out.</summary>
    public static void Diagram(DiagramDataPart part) => Feed(part, """
        <dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt modelId="1"><dgm:prSet phldrT="[Text]"/><dgm:t><a:bodyPr/><a:p><a:r><a:t>Sow</a:t></a:r><a:r><a:t> seeds</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt modelId="2" type="pres"><dgm:t><a:p/></dgm:t></dgm:pt><dgm:pt modelId="3"><dgm:t><a:p><a:r><a:t>Water</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>
        """);

    /// <summary>Adds parts to the first slide of a presentation.</summary>
    public static byte[] WithParts(byte[] slides, Action<SlidePart> more)
    {
        using var stream = new MemoryStream();
        stream.Write(slides);
        using (var document = PresentationDocument.Open(stream, isEditable: true)) more(document.PresentationPart!.SlideParts.First());
        return stream.ToArray();
    }

    /// <param name="shared">Texts, or their runs as XML. Style 5 is a date that is struck through.</param>
    /// <param name="sheets">Each sheet's name (none: its second column is hidden), the children of <c>sheetData</c> as XML and after "&lt;!--" what follows it, and whether it is hidden.</param>
    public static byte[] Workbook(IReadOnlyList<string> shared, params (string Name, string Rows, bool Hidden)[] sheets) => Write(stream =>
    {
        using var document = SpreadsheetDocument.Create(stream, SpreadsheetDocumentType.Workbook);
        var book = document.AddWorkbookPart();
        book.AddNewPart<SharedStringTablePart>().SharedStringTable = new S.SharedStringTable(shared.Select(text => text.StartsWith("<r>", StringComparison.Ordinal) ? new S.SharedStringItem { InnerXml = text.Replace("<r>", "<r xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">", StringComparison.Ordinal) } : new S.SharedStringItem(new S.Text(text))));
        book.AddNewPart<WorkbookStylesPart>().Stylesheet = new S.Stylesheet(
            new S.NumberingFormats(new S.NumberingFormat { NumberFormatId = 164, FormatCode = "dd\\.mm\\.yyyy" }, new S.NumberingFormat { NumberFormatId = 165, FormatCode = "#,##0.00\\ [$€-407];[Red]\\-#,##0.00\\ [$€-407]" }),
            new S.Fonts(new S.Font(new S.Strike { Val = false }), new S.Font(new S.Strike())),
            new S.CellFormats(new S.CellFormat { NumberFormatId = 0 }, new S.CellFormat { NumberFormatId = 14 }, new S.CellFormat { NumberFormatId = 164 }, new S.CellFormat { NumberFormatId = 9 }, new S.CellFormat { NumberFormatId = 165 }, new S.CellFormat { NumberFormatId = 14, FontId = 1 }));
        var list = new S.Sheets();
        for (var i = 0; i < sheets.Length; i++)
        {
            var part = book.AddNewPart<WorksheetPart>();
            Feed(part, $"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{(sheets[i].Name.Length == 0 ? "<cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols>" : "")}<sheetData>{sheets[i].Rows.Split("<!--")[0]}</sheetData>{sheets[i].Rows.Split("<!--").ElementAtOrDefault(1)}</worksheet>""");
            var sheet = new S.Sheet { Name = sheets[i].Name, SheetId = (uint)(i + 1), Id = book.GetIdOfPart(part) };
            if (sheets[i].Hidden) sheet.State = S.SheetStateValues.Hidden;
            list.Append(sheet);
        }

        book.Workbook = new S.Workbook(list);
    });

    /// <summary>A ZIP archive of texts.</summary>
    public static byte[] Zip(params (string Name, string Text)[] files) => Zip([.. files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Text)))]);

    /// <summary>A ZIP archive.</summary>
    public static byte[] Zip(params (string Name, byte[] Content)[] files) => Write(stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, content) in files)
        {
            using var entry = archive.CreateEntry(name).Open();
            entry.Write(content);
        }
    });

    private static string Slide(string name, string shapes, string attributes) =>
        $"""<p:{name} xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"{attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{name}>""";

    private static void Feed(OpenXmlPart part, string xml)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(xml));
        part.FeedData(stream);
    }

    private static byte[] Write(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}

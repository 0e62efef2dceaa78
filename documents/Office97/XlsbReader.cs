using System.IO.Compression;
using System.Xml;
using Serverless.Documents.Archives;
using Serverless.Documents.Compound;
using Serverless.Documents.Office;
using Serverless.Documents.Xml;

namespace Serverless.Documents.Office97;

/// <summary>XLSB ([MS-XLSB]): the records of Excel's older workbooks in the package of its newer ones, and read as these are, but for boxes of text.</summary>
public sealed class XlsbReader : IDocumentReader
{
    private const string What = "workbook";
    private const string Book = "xl/workbook.bin";

    public IReadOnlyList<string> Extensions { get; } = [".xlsb"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/vnd.ms-excel.sheet.binary.macroenabled.12"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        if (CompoundFile.Is(file.Content.Span)) throw new DocumentRejectedException(ProtectedFiles.Reason(What));
        try
        {
            using var package = ZipPackage.Open(file, What);
            return Read(package, scope);
        }
        catch (Exception failure) when (failure is InvalidDataException or XmlException)
        {
            throw new DocumentRejectedException($"The {What} is broken and cannot be read.");
        }
    }

    private static ExtractedDocument Read(ZipArchive package, ReadingScope scope)
    {
        var sheets = new List<(bool IsHidden, string Id, string Name)>();
        var is1904 = false;
        foreach (var record in XlsbRecord.Read(Part(package, Book, scope) ?? throw new InvalidDataException()))
        {
            if (record.Type == XlsbRecord.Book) is1904 = (record.Whole(0) & 1) != 0;
            if (record.Type != XlsbRecord.Sheet) continue;
            var at = 8;
            var id = record.Text(ref at);
            sheets.Add((record.Whole(0) != 0, id, record.Text(ref at)));
        }

        scope.CheckPages(sheets.Count, "sheets");
        var parts = Parts(package, scope);
        var cells = new XlsbCells(Strings(package, scope), Part(package, "xl/styles.bin", scope), is1904, scope);
        var builder = new ExtractedTextBuilder(scope);
        var isCut = false;
        foreach (var (isHidden, id, name) in sheets)
        {
            if (isHidden) continue;
            if (!parts.TryGetValue(id, out var target) || Part(package, target, scope) is not { } sheet)
            {
                isCut = true;
                continue;
            }

            using var rows = cells.Rows(sheet);
            if (rows.Count == 0) continue;
            builder.AddHeading(1, name);
            SheetTables.Add(builder, rows);
            builder.AddGap();
        }

        if (builder.IsEmpty && isCut) throw new InvalidDataException();
        return builder.Build(Title(package, scope));
    }

    private static byte[]? Part(ZipArchive package, string name, ReadingScope scope) => package.GetEntry(name) is { } entry ? ZipPackage.Read(entry, scope) : null;

    // What the workbook calls its parts by.
    private static Dictionary<string, string> Parts(ZipArchive package, ReadingScope scope)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Part(package, "xl/_rels/workbook.bin.rels", scope) is not { } relations) return parts;
        using var xml = SafeXml.Read(new MemoryStream(relations), allowDtd: false);
        while (xml.Read())
        {
            if (xml.LocalName == "Relationship" && xml.GetAttribute("Id") is { } id && xml.GetAttribute("Target") is { } target) parts[id] = target.StartsWith('/') ? target[1..] : "xl/" + target;
        }

        return parts;
    }

    private static List<string> Strings(ZipArchive package, ReadingScope scope)
    {
        var strings = new List<string>();
        if (Part(package, "xl/sharedStrings.bin", scope) is not { } part) return strings;
        long characters = 0;
        foreach (var record in XlsbRecord.Read(part).Where(record => record.Type == XlsbRecord.StringItem))
        {
            var at = 1;
            strings.Add(record.Text(ref at));
            scope.CheckText(characters += strings[^1].Length);
        }

        return strings;
    }

    private static string? Title(ZipArchive package, ReadingScope scope)
    {
        if (Part(package, "docProps/core.xml", scope) is not { } properties) return null;
        using var xml = SafeXml.Read(new MemoryStream(properties), allowDtd: false);
        return xml.ReadToFollowing("title", "http://purl.org/dc/elements/1.1/") && xml.ReadElementContentAsString() is var title && !string.IsNullOrWhiteSpace(title) ? title : null;
    }
}

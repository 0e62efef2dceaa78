using ExcelDataReader;
using ExcelDataReader.Exceptions;
using Serverless.Documents.Compound;
using Serverless.Documents.Office;

namespace Serverless.Documents.Office97;

/// <summary>XLS as Excel wrote it before 2007 ([MS-XLS]): what <see cref="SheetReader"/> makes of newer workbooks.</summary>
public sealed class BinarySheetReader : IDocumentReader
{
    private const string Broken = "The workbook is broken and cannot be read.";

    static BinarySheetReader() => System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance);

    public IReadOnlyList<string> Extensions { get; } = [".xls", ".xlt"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/vnd.ms-excel"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        try
        {
            return ReadBook(file, scope);
        }
        catch (InvalidPasswordException)
        {
            throw new DocumentRejectedException(ProtectedFiles.Reason("workbook"));
        }
        catch (Exception failure) when (failure is ExcelReaderException or InvalidDataException or IOException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException or NullReferenceException or KeyNotFoundException or InvalidOperationException or InvalidCastException or NotSupportedException or System.Xml.XmlException or System.Security.Cryptography.CryptographicException)
        {
            // Their messages may quote the file.
            throw new DocumentRejectedException(Broken);
        }
    }

    private static ExtractedDocument ReadBook(DocumentFile file, ReadingScope scope)
    {
        // Before 1993 a workbook was no compound file.
        if (!CompoundFile.Is(file.Content.Span)) return Read(file.Open(), [], null, scope);
        var compound = new CompoundFile(file.Content, scope);
        ProtectedFiles.Refuse(compound, "workbook");
        // Its streams are taken out here, where their chains are bounded.
        var book = compound.Read("Workbook") ?? compound.Read("Book") ?? throw new InvalidDataException();
        return Read(new MemoryStream(book, writable: false), SheetExtras.Of(book, scope), SummaryTitle.Read(compound), scope);
    }

    private static ExtractedDocument Read(Stream stream, IReadOnlyList<SheetExtras> extras, string? title, ReadingScope scope)
    {
        using var book = ExcelReaderFactory.CreateBinaryReader(stream);
        scope.CheckPages(book.ResultsCount, "sheets");
        var builder = new ExtractedTextBuilder(scope);
        var cells = new BinarySheetCells(book, scope);
        var number = -1;
        do
        {
            var more = ++number < extras.Count ? extras[number] : SheetExtras.None;
            if (book.VisibleState is not (null or "visible")) continue;
            using var rows = cells.Rows(more);
            if (rows.Count == 0 && more.Boxes.Count == 0) continue;
            builder.AddHeading(1, book.Name ?? string.Empty);
            SheetTables.Add(builder, rows);
            builder.AddGap();
            foreach (var box in more.Boxes) builder.AddBlock(box);
        }
        while (book.NextResult());
        return builder.Build(title);
    }
}

using DocumentFormat.OpenXml.Packaging;

namespace Serverless.Documents.Office;

/// <summary>
/// DOCX: paragraphs, headings by their styles, tables, text boxes, notes; pages where Word noted its last page breaks. Deleted and hidden text goes.
/// </summary>
public sealed class WordReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".docx", ".docm", ".dotx"];

    public IReadOnlyList<string> MediaTypes { get; } =
    [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.ms-word.document.macroenabled.12",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    ];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope) => OfficePackage.Read(
        file, "Word document", scope, (stream, settings) => WordprocessingDocument.Open(stream, false, settings), document => Read(document, scope));

    private static ExtractedDocument Read(WordprocessingDocument document, ReadingScope scope)
    {
        var main = document.MainDocumentPart ?? throw new InvalidDataException();
        var styles = WordStyles.Read(main, scope);
        var builder = new ExtractedTextBuilder(scope);
        var numbers = WordNumbers.Read(main, scope);
        var notes = new WordNotes();
        new WordText(styles, numbers, notes, builder, scope, HasPages(main, scope)).Add(main);
        // What nothing would be seen of stands on something that is not known here.
        if (builder.IsEmpty) new WordText(styles, WordNumbers.Read(main, scope), notes, builder, scope, HasPages(main, scope)) { ReadsWhite = true }.Add(main);
        var below = new ExtractedTextBuilder(scope);
        var reader = new WordText(styles, numbers, notes, below, scope, hasPages: false);
        if (main.FootnotesPart is { } footnotes) reader.Add(footnotes);
        if (main.EndnotesPart is { } endnotes) reader.Add(endnotes);
        if (!below.IsEmpty) builder.AddInner("Notes", below.Build());
        return builder.Build(OfficePackage.Title(document));
    }

    private static bool HasPages(MainDocumentPart main, ReadingScope scope)
    {
        using var xml = OfficePackage.Xml(main, scope);
        while (xml.Read())
        {
            if (xml.LocalName == "lastRenderedPageBreak") return true;
        }

        return false;
    }
}

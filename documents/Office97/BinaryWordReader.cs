using Serverless.Documents.Compound;

namespace Serverless.Documents.Office97;

/// <summary>DOC as Word 97 to 2003 wrote it ([MS-DOC]): paragraphs, headings by their styles, the numbers of items, tables, text boxes behind them, notes. Deleted and hidden text goes; of Word 6 and 95 the text alone is read.</summary>
public sealed class BinaryWordReader : IDocumentReader
{
    private const string What = "Word document";

    public IReadOnlyList<string> Extensions { get; } = [".doc", ".dot"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/msword"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        if (OldWordText.IsOlder(file.Content.Span)) throw OldWordText.TooOld();
        try
        {
            var compound = new CompoundFile(file.Content, scope);
            ProtectedFiles.Refuse(compound, What);
            var text = compound.Read("WordDocument") ?? throw new InvalidDataException();
            if (WordFile.IsEncrypted(text)) throw new DocumentRejectedException(ProtectedFiles.Reason(What));
            return WordFile.Is(text) ? Read(new WordFile(text, compound), compound, scope) : OldWordText.Read(text, SummaryTitle.Read(compound), scope);
        }
        catch (InvalidDataException)
        {
            throw new DocumentRejectedException($"The {What} is broken and cannot be read.");
        }
    }

    private static ExtractedDocument Read(WordFile file, CompoundFile compound, ReadingScope scope)
    {
        var builder = new ExtractedTextBuilder(scope);
        var text = new BinaryWordText(file, scope);
        text.Add(builder, 0, file.Main);
        builder.AddGap();
        text.Add(builder, file.BoxesFrom, file.Boxes);
        var notes = new ExtractedTextBuilder(scope);
        text.AddNotes(notes);
        if (!notes.IsEmpty) builder.AddInner("Notes", notes.Build());
        return builder.Build(SummaryTitle.Read(compound));
    }
}

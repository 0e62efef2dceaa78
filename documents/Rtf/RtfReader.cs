namespace Serverless.Documents.Rtf;

/// <summary>RTF: paragraphs, headings by their styles, the numbers of items, tables, text boxes, notes. Deleted and hidden text, running heads, comments and pictures go.</summary>
public sealed class RtfReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".rtf"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/rtf", "text/rtf", "application/x-rtf"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var start = file.Content.Span.IndexOf((byte)'{');
        if (start < 0 || !file.Content.Span[start..].StartsWith(@"{\rtf"u8) || !file.Content.Span[..start].Trim(" \t\r\n\uFEFF"u8).IsEmpty)
            throw new DocumentRejectedException(@"The file is no RTF: it does not begin with {\rtf.");
        var builder = new ExtractedTextBuilder(scope);
        var notes = new ExtractedTextBuilder(scope);
        var text = new RtfText(new RtfTokens(RtfUtf8.Escape(file.Content[start..])), builder, notes, scope);
        text.Read();
        if (!notes.IsEmpty) builder.AddInner("Notes", notes.Build());
        return builder.Build(text.Title);
    }
}

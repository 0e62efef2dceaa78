using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Plain text: one section, no headings; the text stays as it is but for its line ends.</summary>
public sealed class PlainTextReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".txt", ".text", ".log"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/plain"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        return new ExtractedDocument(text, [new Section(null, 0, text.Length)]);
    }
}

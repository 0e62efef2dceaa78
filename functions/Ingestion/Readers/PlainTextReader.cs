namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Plain text: one section, no headings; the text stays as it is but for its line ends.</summary>
public sealed class PlainTextReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".txt", ".text", ".log"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/plain"];

    public ExtractedDocument Read(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var text = StrictText.Decode(content.Span);
        return new ExtractedDocument(text, [new Section(null, 0, text.Length)]);
    }
}

using Serverless.Documents.Encodings;


namespace Serverless.Documents;

/// <summary>Plain text, without headings; the text stays as it is but for its line ends. Where form feeds part it into pages, as for printers and out of PDFs, each is a section of its own.</summary>
public sealed class PlainTextReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } =
    [
        ".txt", ".text", ".log", ".asc", ".bib", ".err", ".ged", ".lst", ".man", ".nfo", ".out", ".po", ".pod", ".pot", ".prn", ".rdoc", ".ris", ".texi", ".texinfo",
    ];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/plain"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var (text, breaks) = TextDecoder.DecodePages(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        return new ExtractedDocument(text, breaks.Count == 0 ? [new Section(null, 0, text.Length)] : [.. Pages(text, breaks, scope)]);
    }

    private static IEnumerable<Section> Pages(string text, List<int> breaks, ReadingScope scope)
    {
        scope.CheckPages(breaks.Count, "pages");
        var start = 0;
        for (var page = 0; page <= breaks.Count; page++)
        {
            var end = page < breaks.Count ? breaks[page] : text.Length;
            if (!string.IsNullOrWhiteSpace(text[start..end])) yield return new Section(null, start, end, page + 1);
            start = end;
        }
    }
}

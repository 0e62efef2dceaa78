using Serverless.Documents.Encodings;


namespace Serverless.Documents.Latex;

/// <summary>
/// LaTeX sources: what is printed of them, in sections by their headings, with lists, tables as Markdown, code and notes; formulas stay as they are written. Nothing is executed: commands of the author's own give what stands in
/// their braces, and files that are put in by name are not followed.
/// </summary>
public sealed class LatexReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".tex", ".latex", ".ltx"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/x-latex", "application/x-tex", "text/x-latex", "text/x-tex"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        var source = new LatexSource(text, scope);
        var builder = new ExtractedTextBuilder(scope);
        var latex = new LatexText(source, builder, scope);
        var title = source.Argument("title") is { } named ? latex.Inline(named) : null;
        if (source.Argument("author") is { } author) builder.AddBlock(latex.Inline(author));
        latex.Add(source.Body);
        return builder.Build(title);
    }
}

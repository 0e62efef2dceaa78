using System.Runtime.CompilerServices;
using Serverless.Documents.Encodings;

namespace Serverless.Documents.Html;

/// <summary>
/// HTML and XHTML: what a person reads of the page, wherever on it that stands. Nothing is executed and nothing fetched; navigation, scripts,
/// controls and what style or attributes hide go; headings part it into sections, tables come out as Markdown.
/// </summary>
public sealed class HtmlReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".html", ".htm", ".xhtml", ".shtml", ".xht", ".svg"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/html", "application/xhtml+xml", "image/svg+xml"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var builder = new ExtractedTextBuilder(scope);
        var title = AddPage(file, builder, scope);
        return builder.Build(title);
    }

    // The tree, some 600 bytes an element, is nobody's any more when the text is put together.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? AddPage(DocumentFile file, ExtractedTextBuilder builder, ReadingScope scope)
    {
        var page = ParsePage(file, scope);
        page.AddTo(builder);
        return page.Title;
    }

    // Nor is the page as it was written, once there is a tree of it: code that is not optimised would keep it to the method's end.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static HtmlPage ParsePage(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset ?? TextDecoder.DeclaredInHtml(file.Content.Span));
        var isXhtml = file.Extension is ".xhtml" or ".xht" or ".svg" || file.MediaType == "application/xhtml+xml" || text.AsSpan().TrimStart().StartsWith("<?xml", StringComparison.Ordinal);
        return new HtmlPage(text, isXhtml, scope);
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.Footnotes;
using Markdig.Extensions.Tables;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Parsers.Inlines;
using Markdig.Renderers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Serverless.Documents.Encodings;
using Serverless.Documents.Html;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Markdown (CommonMark with pipe tables, notes and front matter): rendered as any renderer does, and the page read by <see cref="HtmlReader"/>'s rules,
/// so that HTML in it means what it means everywhere. Marks, link targets and front matter go.
/// </summary>
public sealed partial class MarkdownReader : IDocumentReader
{
    // Of HTML that is parsed at a time: a page's tree takes many times its text.
    private const int PieceCharacters = 128 * 1024;

    private static readonly MarkdownPipeline Pipeline = Pipe();

    public IReadOnlyList<string> Extensions { get; } = [".md", ".markdown", ".mdown", ".mdx", ".mkd", ".mkdn", ".mdwn", ".qmd", ".rmd"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/markdown", "text/x-markdown"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var (title, body) = FrontMatter.Split(TextDecoder.Decode(file.Content.Span, file.Charset));
        if (file.Extension == ".mdx") body = MdxSource.Plain(body);
        var builder = new ExtractedTextBuilder(scope);
        AddTo(body, builder, scope);
        var document = builder.Build();
        return title is null ? document : document with { Title = title };
    }

    /// <summary>Adds a text that stands in another file.</summary>
    /// <exception cref="DocumentRejectedException">It is nested too deeply, or too much.</exception>
    internal static void AddTo(string body, ExtractedTextBuilder builder, ReadingScope scope)
    {
        scope.CheckText(body.Length);
        body = MarkdownSource.Plain(body);
        TableBounds.Check(body);
        foreach (var html in Render(Bounded(() => Parse(body))))
        {
            scope.Check();
            new HtmlPage(html, isXhtml: false, scope, onWhite: false, isProse: true).AddTo(builder);
        }
    }

    private static MarkdownPipeline Pipe()
    {
        var builder = new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().UseFootnotes().UseDefinitionLists();
        builder.BlockParsers.Replace<ParagraphBlockParser>(new DefinitionParser());
        foreach (var boxes in (BlockParser[])[new AdmonitionParser(), new ContainerParser(), new AlertParser()]) builder.BlockParsers.Insert(0, boxes);
        builder.InlineParsers.Replace<LinkInlineParser>(new BoundedLinkParser());
        builder.InlineParsers.Insert(0, new MathParser());
        builder.InlineParsers.Insert(0, new WikiLinkParser());
        return builder.Build();
    }

    // The arrow that leads from a note back to where it is called is no word of it.
    private static MarkdownDocument Parse(string body)
    {
        var document = Markdig.Markdown.Parse(body, Pipeline);
        foreach (var back in document.Descendants<FootnoteLink>().Where(link => link.IsBackLink).ToList()) back.Remove();
        foreach (var heading in document.Descendants<HeadingBlock>()) CutAttributes(heading);
        // A bar in a table has a backslash before it, in code too, where it is else a sign as any.
        if (!body.Contains("\\|", StringComparison.Ordinal)) return document;
        foreach (var code in document.Descendants<TableCell>().SelectMany(cell => cell.Descendants<CodeInline>())) code.Content = code.Content.Replace("\\|", "|", StringComparison.Ordinal);
        return document;
    }

    // "## Heading {#its-id .its-class}", as Pandoc and what is built on it write: no word of the heading.
    private static void CutAttributes(HeadingBlock heading)
    {
        if (heading.Inline?.LastChild is not LiteralInline last || Attributes().Match(last.Content.ToString()) is not { Success: true } attributes) return;
        last.Content = new StringSlice(last.Content.ToString()[..attributes.Index]);
    }

    [GeneratedRegex(@"\s*\{:?\s*[#.][^{}]*\}\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Attributes();

    // HTML in it may reach from one block into others, and styles into all: then it is one page. Otherwise each block stands for itself.
    private static IEnumerable<string> Render(MarkdownDocument document)
    {
        if (document.Descendants().Any(part => part is HtmlBlock or HtmlInline))
        {
            yield return Bounded(() => document.ToHtml(Pipeline));
            yield break;
        }

        using var piece = new StringWriter(CultureInfo.InvariantCulture);
        var renderer = new HtmlRenderer(piece);
        Pipeline.Setup(renderer);
        foreach (var block in document)
        {
            Bounded(() => renderer.Render(block));
            if (piece.GetStringBuilder().Length < PieceCharacters) continue;
            yield return piece.ToString();
            piece.GetStringBuilder().Clear();
        }

        if (piece.GetStringBuilder().Length > 0) yield return piece.ToString();
    }

    // Both parsing and rendering go down.
    private static T Bounded<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (ArgumentException)
        {
            // Markdig refuses more than 128 levels; its message may quote the input.
            throw new DocumentRejectedException("The Markdown is nested too deeply: 128 levels are permitted.");
        }
    }
}

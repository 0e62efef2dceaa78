using Markdig;
using Serverless.Functions.Ingestion.Readers.Html;
using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>
/// Markdown (CommonMark with pipe tables and front matter): rendered as any renderer does, and the page read by <see cref="HtmlReader"/>'s rules,
/// so that HTML in it means what it means everywhere. Marks, link targets and front matter go.
/// </summary>
public sealed class MarkdownReader : IDocumentReader
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().Build();

    public IReadOnlyList<string> Extensions { get; } = [".md", ".markdown", ".mdx", ".qmd", ".rmd"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/markdown", "text/x-markdown"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var (title, body) = FrontMatter.Split(TextDecoder.Decode(file.Content.Span, file.Charset));
        scope.CheckText(body.Length);
        string html;
        try
        {
            html = Markdown.ToHtml(body, Pipeline);
        }
        catch (ArgumentException)
        {
            // Markdig refuses more than 128 levels; its message may quote the input.
            throw new DocumentRejectedException("The Markdown is nested too deeply: 128 levels are permitted.");
        }

        scope.Check();
        var builder = new ExtractedTextBuilder(scope);
        new HtmlPage(html, isXhtml: false, scope).AddTo(builder);
        var document = builder.Build();
        return title is null ? document : document with { Title = title };
    }
}

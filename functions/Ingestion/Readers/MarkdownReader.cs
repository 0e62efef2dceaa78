using System.Text;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>
/// Markdown (CommonMark with pipe tables and front matter): headings part it into sections; marks, link targets and front matter go,
/// list items and table rows become lines. HTML inside it is read by <see cref="HtmlReader"/>'s rules.
/// </summary>
public sealed class MarkdownReader : IDocumentReader
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseYamlFrontMatter().Build();

    public IReadOnlyList<string> Extensions { get; } = [".md", ".markdown"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/markdown", "text/x-markdown"];

    public ExtractedDocument Read(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        MarkdownDocument document;
        try
        {
            document = Markdown.Parse(StrictText.Decode(content.Span), Pipeline);
        }
        catch (ArgumentException)
        {
            // Markdig refuses more than 128 levels; its message may quote the input.
            throw new DocumentRejectedException("The Markdown is nested too deeply: 128 levels are permitted.");
        }

        var builder = new ExtractedTextBuilder();
        AddBlocks(document, builder, cancellationToken);
        return builder.Build();
    }

    private static void AddBlocks(ContainerBlock blocks, ExtractedTextBuilder builder, CancellationToken cancellationToken)
    {
        foreach (var block in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (block)
            {
                case YamlFrontMatterBlock or LinkReferenceDefinitionGroup or ThematicBreakBlock:
                    break;
                case HeadingBlock heading when blocks is MarkdownDocument:
                    builder.AddHeading(heading.Level, Text(heading.Inline));
                    break;
                case Table table:
                    AddTable(table, builder);
                    break;
                case ListBlock list:
                    AddBlocks(list, builder, cancellationToken);
                    builder.AddGap();
                    break;
                case ListItemBlock item:
                    AddBlocks(item, builder, cancellationToken);
                    break;
                case HtmlBlock html:
                    HtmlReader.AddFragment(html.Lines.ToString(), builder, cancellationToken);
                    break;
                case CodeBlock code:
                    builder.AddBlock(code.Lines.ToString());
                    break;
                case LeafBlock leaf:
                    builder.AddBlock(Text(leaf.Inline), apart: blocks is not ListItemBlock);
                    break;
                case ContainerBlock container:
                    AddBlocks(container, builder, cancellationToken);
                    break;
            }
        }
    }

    private static void AddTable(Table table, ExtractedTextBuilder builder)
    {
        foreach (var row in table.OfType<TableRow>())
        {
            var cells = row.OfType<TableCell>().Select(cell => string.Join(' ', cell.OfType<LeafBlock>().Select(leaf => Text(leaf.Inline))));
            builder.AddBlock(string.Join(" | ", cells), apart: false);
        }

        builder.AddGap();
    }

    private static string Text(ContainerInline? inlines)
    {
        if (inlines is null) return string.Empty;
        var text = new StringBuilder();
        foreach (var inline in inlines.Descendants())
        {
            switch (inline)
            {
                case LiteralInline literal:
                    text.Append(literal.Content.AsSpan());
                    break;
                case CodeInline code:
                    text.Append(code.Content);
                    break;
                case HtmlEntityInline entity:
                    text.Append(entity.Transcoded.AsSpan());
                    break;
                case AutolinkInline link:
                    text.Append(link.Url);
                    break;
                case LineBreakInline { IsHard: true }:
                    text.Append('\n');
                    break;
                case LineBreakInline:
                    text.Append(' ');
                    break;
            }
        }

        return text.ToString();
    }
}

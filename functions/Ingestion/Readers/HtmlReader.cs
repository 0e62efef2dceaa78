using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>
/// HTML: what a person reads of the page. Nothing is executed and nothing fetched; navigation, scripts, styles, forms and hidden parts go;
/// headings part it into sections; list items and table rows become lines.
/// </summary>
public sealed class HtmlReader : IDocumentReader
{
    private const int MaxDepth = 256;

    private static readonly HashSet<string> Dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "noscript", "template", "nav", "aside", "footer", "head", "title", "svg", "math", "iframe", "frame", "object", "embed",
        "form", "button", "input", "select", "textarea", "dialog", "canvas", "audio", "video",
    };

    private static readonly HashSet<string> DroppedRoles = new(StringComparer.OrdinalIgnoreCase) { "navigation", "banner", "contentinfo", "search", "complementary" };

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "header", "hr", "li", "main",
        "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "caption",
    };

    private static readonly HashSet<string> Lines = new(StringComparer.OrdinalIgnoreCase) { "li", "tr", "dt", "dd" };

    public IReadOnlyList<string> Extensions { get; } = [".html", ".htm", ".xhtml"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/html", "application/xhtml+xml"];

    public ExtractedDocument Read(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var document = Parse(StrictText.Decode(content.Span), cancellationToken);
        var builder = new ExtractedTextBuilder();
        var root = document.QuerySelector("main, [role=main]") ?? document.QuerySelector("article") ?? document.Body;
        if (root is not null) Walk(root, builder, cancellationToken);
        return builder.Build(titleWhenNoHeadings: document.Title);
    }

    /// <summary>Adds a piece of HTML that stands in another format.</summary>
    internal static void AddFragment(string html, ExtractedTextBuilder builder, CancellationToken cancellationToken)
    {
        if (Parse(html, cancellationToken).Body is { } body) Walk(body, builder, cancellationToken);
    }

    // The parser's time grows with length times depth, and a hostile page may nest as deep as it is long.
    private static IHtmlDocument Parse(string html, CancellationToken cancellationToken)
    {
        INode? last = null;
        return new HtmlParser(new HtmlParserOptions { OnCreated = (element, _) => Check(element) }).ParseDocument(html);

        void Check(IElement element)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var depth = 0;
            for (var node = last; node is not null; node = node.Parent)
            {
                if (++depth > MaxDepth) throw new DocumentRejectedException($"The HTML is nested too deeply: {MaxDepth} levels are permitted.");
            }

            // It hangs in the tree when the next one is made.
            last = element;
        }
    }

    private static void Walk(INode root, ExtractedTextBuilder builder, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var preformatted = 0;
        var node = root;
        var entering = true;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entering)
            {
                var descend = Enter(node, line, builder, ref preformatted);
                if (descend && node.FirstChild is { } child)
                {
                    node = child;
                    continue;
                }

                if (descend) Leave(node, line, builder, ref preformatted);
            }
            else
            {
                Leave(node, line, builder, ref preformatted);
            }

            if (node == root) break;
            entering = node.NextSibling is not null;
            node = node.NextSibling ?? node.Parent!;
        }

        Flush(line, builder, apart: true, verbatim: false);
    }

    private static bool Enter(INode node, StringBuilder line, ExtractedTextBuilder builder, ref int preformatted)
    {
        switch (node)
        {
            case IText text:
                AppendText(line, text.Data, preformatted > 0);
                return false;
            case IElement element when IsDropped(element):
                return false;
            case IElement element:
                if (element.LocalName == "br") line.Append('\n');
                else if (element.LocalName is "td" or "th" && line.Length > 0) line.Append(" | ");
                else if (IsHeading(element) || Blocks.Contains(element.LocalName)) Flush(line, builder, apart: !IsInLine(element), preformatted > 0);
                if (element.LocalName == "pre") preformatted++;
                return true;
            default:
                return false;
        }
    }

    private static void Leave(INode node, StringBuilder line, ExtractedTextBuilder builder, ref int preformatted)
    {
        if (node is not IElement element) return;
        var verbatim = preformatted > 0;
        if (element.LocalName == "pre") preformatted--;
        if (IsHeading(element))
        {
            builder.AddHeading(element.LocalName[1] - '0', line.ToString());
            line.Clear();
        }
        else if (Blocks.Contains(element.LocalName))
        {
            Flush(line, builder, apart: !IsInLine(element), verbatim);
            if (element.LocalName is "ul" or "ol" or "dl" or "table") builder.AddGap();
        }
    }

    private static bool IsInLine(IElement element) =>
        Lines.Contains(element.LocalName) || (element.ParentElement is { } parent && Lines.Contains(parent.LocalName));

    private static bool IsHeading(IElement element) => element.LocalName is ['h', >= '1' and <= '6'];

    private static bool IsDropped(IElement element) =>
        Dropped.Contains(element.LocalName)
        || element.HasAttribute("hidden")
        || string.Equals(element.GetAttribute("aria-hidden"), "true", StringComparison.OrdinalIgnoreCase)
        || (element.GetAttribute("role") is { } role && DroppedRoles.Contains(role));

    private static void AppendText(StringBuilder line, string text, bool verbatim)
    {
        if (verbatim)
        {
            line.Append(text);
            return;
        }

        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c)) line.Append(c);
            else if (line.Length > 0 && !char.IsWhiteSpace(line[^1])) line.Append(' ');
        }
    }

    private static void Flush(StringBuilder line, ExtractedTextBuilder builder, bool apart, bool verbatim)
    {
        if (line.Length == 0) return;
        builder.AddBlock(verbatim ? line.ToString() : line.ToString().Trim(), apart);
        line.Clear();
    }
}

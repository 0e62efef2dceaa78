using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>A page, or a piece of one, parsed within its bounds.</summary>
internal sealed class HtmlPage
{
    // As deep as browsers build (Blink: 512).
    private const int MaxDepth = 512;

    private readonly IHtmlDocument _document;
    private readonly StyleSheet _styles;
    private readonly CssColor? _paper;
    private readonly ReadingScope _scope;

    /// <param name="onWhite">Whether it is shown on white where it says nothing of its color itself.</param>
    /// <param name="linked">The style sheet that a link names, where it comes with the page; null where it does not.</param>
    /// <exception cref="DocumentRejectedException">It is nested too deeply or has too many elements.</exception>
    public HtmlPage(string html, bool isXhtml, ReadingScope scope, bool onWhite = true, Func<string, string?>? linked = null)
    {
        _scope = scope;
        var filtered = HtmlTagFilter.Filter(html, isXhtml, scope, linked);
        _styles = StyleSheet.Parse(filtered.Styles, scope);
        _paper = onWhite && !filtered.LacksStyles && !_styles.HasUnknown ? CssColor.White : null;
        _document = Parse(filtered.Html, scope);
    }

    public string? Title => _document.Title;

    public void AddTo(ExtractedTextBuilder builder)
    {
        if (_document.Body is not { } body) return;
        new HtmlWalker(body, _styles, _paper, _scope, noScript: false).AddTo(builder);
        // A page that is empty without scripts says what it has to say in noscript.
        if (builder.IsEmpty) new HtmlWalker(body, _styles, _paper, _scope, noScript: true).AddTo(builder);
    }

    // The parser's time grows with length times depth, and a hostile page may nest as deep as it is long.
    private static IHtmlDocument Parse(string html, ReadingScope scope)
    {
        INode? last = null;
        var created = 0;
        return new HtmlParser(new HtmlParserOptions { OnCreated = (element, _) => Check(element) }).ParseDocument(html);

        void Check(IElement element)
        {
            // The tags were counted; these are what the parser adds to them.
            scope.CheckElements(++created);
            var depth = 0;
            for (var node = last; node is not null; node = node.Parent)
            {
                if (++depth > MaxDepth) throw new DocumentRejectedException($"The HTML is nested too deeply: {MaxDepth} levels are permitted.");
            }

            // It hangs in the tree when the next one is made.
            last = element;
        }
    }
}

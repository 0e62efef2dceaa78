using System.Runtime.CompilerServices;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Serverless.Documents.Html;

/// <summary>A page, or a piece of one, parsed within its bounds.</summary>
internal sealed class HtmlPage
{
    // Pages within pages.
    private const int MaxFrames = 3;

    // What a page takes beside its own elements, in elements.
    private const int FrameElements = 100;

    // Parts of an element that are looked at for the places that they have in its shadow.
    private const int MaxSlotted = 1000;

    // As deep as browsers build (Blink: 512).
    private const int MaxDepth = 512;

    /// <summary>Characters of a page for which a pause of the collector is worth what it gives back.</summary>
    private const int Large = 4 << 20;

    private readonly IHtmlDocument _document;
    private readonly StyleSheet _styles;
    private readonly CssColor? _paper;
    private readonly ReadingScope _scope;
    private readonly int _frames;

    /// <param name="onWhite">Whether it is shown on white where it says nothing of its color itself.</param>
    /// <param name="linked">The style sheet that a link names, where it comes with the page; null where it does not.</param>
    /// <param name="isProse">Whether it comes of a text, in which what only looks like a tag is words.</param>
    /// <param name="frames">How many pages it stands in.</param>
    /// <exception cref="DocumentRejectedException">It is nested too deeply or has too many elements.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public HtmlPage(string html, bool isXhtml, ReadingScope scope, bool onWhite = true, Func<string, string?>? linked = null, bool isProse = false, int frames = 0)
    {
        (_scope, _frames) = (scope, frames);
        // Of the page as it came, as it is parsed and as a tree no two are kept longer than the one is made of the other, which is why this is optimised from the first call.
        var filtered = HtmlTagFilter.Filter(html, isXhtml, isProse, scope, linked);
        _styles = StyleSheet.Parse(filtered.Styles, scope);
        _paper = onWhite && !filtered.LacksStyles && !_styles.HasUnknown ? CssColor.White : null;
        // The page as it came, and what was made of it on the way, are as much again as the tree will be, and a collector that has memory waits.
        if (filtered.Html.Length >= Large) GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        _document = Parse(filtered.Html, scope);
        foreach (var shadow in _document.QuerySelectorAll(HtmlTagFilter.Shadow)) PutIntoSlots(shadow);
    }

    public string? Title => _document.Title;

    public void AddTo(ExtractedTextBuilder builder)
    {
        if (_document.Body is not { } body) return;
        new HtmlWalker(body, _styles, _paper, _scope, noScript: false) { Framed = _frames < MaxFrames ? AddFrame : null }.AddTo(builder);
        // A page that is empty without scripts says what it has to say in noscript.
        if (builder.IsEmpty) new HtmlWalker(body, _styles, _paper, _scope, noScript: true).AddTo(builder);
    }

    private void AddFrame(string html, ExtractedTextBuilder builder)
    {
        for (var i = 0; i < FrameElements; i++) _scope.CountElement();
        new HtmlPage(html, isXhtml: false, _scope, frames: _frames + 1).AddTo(builder);
    }

    // What stands in an element is shown where its shadow has a place for it, instead of the place's own words (DOM, section 4.2.2).
    private static void PutIntoSlots(IElement shadow)
    {
        if (shadow.ParentElement is not { } host || host.ChildNodes.Length > MaxSlotted) return;
        var slots = new Dictionary<string, IElement>(StringComparer.Ordinal);
        foreach (var slot in shadow.QuerySelectorAll("slot")) slots.TryAdd(slot.GetAttribute("name") ?? string.Empty, slot);
        var taken = new HashSet<IElement>();
        foreach (var node in host.ChildNodes.ToList())
        {
            if (node == shadow || node is not (IElement or IText) || (node is IText text && string.IsNullOrWhiteSpace(text.Data))) continue;
            if (!slots.TryGetValue((node as IElement)?.GetAttribute("slot") ?? string.Empty, out var slot)) continue;
            if (taken.Add(slot)) slot.InnerHtml = string.Empty;
            slot.AppendChild(node);
        }
    }

    // The parser's time grows with length times depth, and a hostile page may nest as deep as it is long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static IHtmlDocument Parse(string html, ReadingScope scope)
    {
        INode? last = null;
        var created = 0;
        // As memory it is read where it lies; as a string it would be copied.
        return new HtmlParser(new HtmlParserOptions { OnCreated = (element, _) => Check(element) }).ParseDocument(html.AsMemory());

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

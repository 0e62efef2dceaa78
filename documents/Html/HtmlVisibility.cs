using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>What of a page is seen, by attributes, styles and the kind of element.</summary>
/// <param name="body">The page's body.</param>
/// <param name="styles">The rules of its style elements.</param>
/// <param name="paper">The color behind a page that says nothing of it; null where that is not known.</param>
/// <param name="noScript">Whether it is read as it is without scripts.</param>
internal sealed class HtmlVisibility(IElement body, StyleSheet styles, CssColor? paper, bool noScript)
{
    private const string Drawing = "http://www.w3.org/2000/svg";
    private const int MaxSign = 8;

    private static readonly HashSet<string> Never = new(StringComparer.Ordinal)
    {
        "script", "style", "template", "nav", "head", "title", "iframe", "object", "embed", "applet", "select", "datalist", "textarea", "canvas",
        "audio", "video", "rp", "rt", "annotation", "annotation-xml", "meter", "progress",
    };

    // Of a drawing its labels.
    private static readonly HashSet<string> SeenOfDrawings = new(StringComparer.Ordinal) { "svg", "g", "text", "tspan", "textPath", "switch", "foreignObject", HtmlTagFilter.Renamed + "a" };

    private static readonly HashSet<string> NeverRoles = new(StringComparer.OrdinalIgnoreCase) { "navigation", "contentinfo", "search", "menu", "menubar", "tooltip" };

    // Visibility, font size and color are inherited, and parts may take them back.
    private readonly Dictionary<IElement, Inherited> _inherited = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IElement> _apart = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IElement> _rows = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IElement> _cells = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IElement> _raised = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IElement> _lowered = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IElement> _struck = new(ReferenceEqualityComparer.Instance);
    private readonly HtmlPanels _panels = new(body);
    private Inherited? _page;
    private bool? _hasMain;

    /// <summary>Whether neither it nor anything in it is read.</summary>
    public bool IsDropped(IElement element)
    {
        if (element == body) return false;
        var name = element.LocalName;
        if (Never.Contains(name) || (IsHiddenByAttribute(element) && !_panels.CanBeOpened(element))) return true;
        if (name == "noscript") return !noScript;
        if (element.NamespaceUri == Drawing) return !SeenOfDrawings.Contains(name);
        if (name == "input") return !IsTask(element);
        if (IsAboutThePage(element)) return true;
        if (name == "button" && !IsWithin(element, "h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt") && !_panels.Opens(element)) return true;
        if (name == "dialog" && !element.HasAttribute("open")) return true;
        if (ConsentBanner.Is(element) && !IsWithin(element, "main", "article", "x-main")) return true;
        var role = element.GetAttribute("role")?.Trim();
        if (role is not null && NeverRoles.Contains(role)) return true;
        // Beside the page's own text an aside or a footer is about the site; within it, it is about the text.
        if (name == "footer" && !IsWithin(element, "main", "article", "section", "blockquote", "x-main")) return HasMain || element.ParentElement == body;
        if (name == "aside" || string.Equals(role, "complementary", StringComparison.OrdinalIgnoreCase)) return HasMain && !IsWithin(element, "main", "article", "x-main");
        return false;
    }

    /// <summary>Whether a style makes a block of what is none by itself; for elements that were entered.</summary>
    public bool StandsApart(IElement element) => _apart.Contains(element);

    /// <summary>Whether it stands beside others in a row that a style makes; for elements that were entered.</summary>
    public bool StandsInARow(IElement element) => _cells.Contains(element) || (_rows.Count > 0 && element.ParentElement is { } parent && _rows.Contains(parent));

    /// <summary>Whether a style raises it above the line; for elements that were entered.</summary>
    public bool StandsRaised(IElement element) => _raised.Contains(element);

    /// <summary>Whether a style lowers it below the line; for elements that were entered.</summary>
    public bool StandsLowered(IElement element) => _lowered.Contains(element);

    /// <summary>Whether a style strikes it through; for elements that were entered.</summary>
    public bool StandsStruck(IElement element) => _struck.Contains(element);

    /// <summary>Whether the lines of text that stands directly in the element end where the page's own do.</summary>
    public bool KeepsLines(IElement? element) => element is not null && _inherited.TryGetValue(element, out var inherited) && inherited.KeepsLines;

    /// <summary>Whether text that stands directly in the element is seen; for elements that are entered, in the order of the page.</summary>
    public bool ShowsText(IElement? element) => element is null || !_inherited.TryGetValue(element, out var inherited) || inherited.IsSeen;

    /// <summary>Notes what an element says of itself and its parts. True: nothing of it is seen.</summary>
    public bool Enter(IElement element)
    {
        _page ??= Page();
        var parent = element.ParentElement is { } above && _inherited.TryGetValue(above, out var known) ? known : _page;
        // Whole pages are hidden until their scripts have run: body and html say nothing but their colors.
        var state = parent;
        if (element == body) return false;
        if (Own(element) is { } own)
        {
            if (own.Hides && !(own.IsClosed && _panels.CanBeOpened(element))) return true;
            if (own.IsRaised) _raised.Add(element);
            if (own.IsLowered) _lowered.Add(element);
            if (own.IsStruck) _struck.Add(element);
            if (own.IsBlock) _apart.Add(element);
            if (own.IsRow) _rows.Add(element);
            if (own.IsCell) _cells.Add(element);
            state = parent.Of(own) with { IsHidden = own.IsVisible is { } visible ? !visible : parent.IsHidden, HasNoFont = own.HasNoFont ?? parent.HasNoFont, KeepsLines = own.KeepsLines ?? parent.KeepsLines };
        }

        state = state.Of(element);
        if (state != _page) _inherited[element] = state;
        return false;
    }

    private Inherited Page()
    {
        var page = Inherited.Plain with { Background = paper };
        foreach (var element in (ReadOnlySpan<IElement?>)[body.ParentElement, body])
        {
            if (element is not null && Own(element) is { } own) page = page.Of(own);
        }

        // A page of which nothing would be seen has another color by its scripts.
        page = page.Of(body);
        return page.IsSeen ? page : page with { Color = null };
    }

    private StyleDeclarations? Own(IElement element)
    {
        var inline = element.GetAttribute("style") is { Length: > 0 } style ? StyleDeclarations.Parse(CssText.WithoutComments(style)) : null;
        var drawn = element.NamespaceUri == Drawing ? StyleDeclarations.OfDrawing(element) : null;
        if (styles.IsEmpty && drawn is null) return inline;
        return StyleDeclarations.Merge((drawn is null ? [] : new[] { drawn }).Concat(styles.For(element)).Concat(inline is null ? [] : [inline]));
    }

    internal static bool IsHiddenByAttribute(IElement element) =>
        (element.GetAttribute("hidden") is { } hidden && !hidden.Equals("until-found", StringComparison.OrdinalIgnoreCase))
        || (element.HasAttribute("popover") && !element.HasAttribute("open"))
        || string.Equals(element.GetAttribute("aria-hidden")?.Trim(), "true", StringComparison.OrdinalIgnoreCase);

    private bool HasMain => _hasMain ??= body.QuerySelectorAll("main, [role=main], article").Any(main => !IsHiddenByAttribute(main) && HasText(main));

    // An item's state, as who renders Markdown writes it: nobody can change it.
    private static bool IsTask(IElement input) => input.GetAttribute("type") == "checkbox" && input.HasAttribute("disabled") && IsWithin(input, "li");

    // Ways around a page's beginning, the signs and words beside headings that link to them or change them, and the numbers of lines of code.
    private static bool IsAboutThePage(IElement element)
    {
        // Where a page of the printed book began.
        if (element.GetAttribute("role") == "doc-pagebreak" || element.GetAttribute("epub:type") == "pagebreak") return true;
        if (element.LocalName == "span") return element.GetAttribute("class") is { } kinds && kinds.Split(' ').Any(kind => kind is "mw-editsection" or "mw-cite-backlink" or "lineno" or "linenos" or "line-number" or "line-numbers");
        if (element.LocalName != HtmlTagFilter.Renamed + "a") return false;
        var names = element.GetAttribute("class");
        if (names is not null && names.Split(' ').Any(name => name.StartsWith("skip", StringComparison.OrdinalIgnoreCase) || name.Contains("jump-link", StringComparison.OrdinalIgnoreCase))) return true;
        // Ways back from a note to where it is called.
        if (element.GetAttribute("role") == "doc-backlink" || (names is not null && (names.Contains("footnote-back", StringComparison.Ordinal) || names.Contains("reversefootnote", StringComparison.Ordinal)))) return true;
        if (element.ChildNodes is [IText back] && back.Length <= MaxSign && back.Data.Trim().TrimEnd('\uFE0E', '\uFE0F') is "↩" or "⤴" or "↵") return true;
        return element.ChildNodes is [IText text] && text.Length <= MaxSign && text.Data.Trim().Trim('\u200B') is "" or "¶" or "#" or "§" or "🔗" or "⚓"
            && IsWithin(element, "h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary", "caption");
    }

    private static bool IsWithin(IElement element, params ReadOnlySpan<string> names)
    {
        for (var above = element.ParentElement; above is not null; above = above.ParentElement)
        {
            if (names.Contains(above.LocalName) || (names.Contains("x-main") && above.GetAttribute("role") == "main")) return true;
        }

        return false;
    }

    private static bool HasText(IElement element) =>
        element.Descendants().Any(node => node is IText text && !string.IsNullOrWhiteSpace(text.Data) && text.ParentElement?.LocalName is not ("aside" or "nav" or "footer"));

    /// <param name="Color">Of letters; null: what readers have for it.</param>
    /// <param name="Background">What stands behind them; null: not known.</param>
    private sealed record Inherited(bool IsHidden, bool HasNoFont, CssColor? Color, CssColor? Background)
    {
        public static Inherited Plain { get; } = new(false, false, null, null);

        public bool KeepsLines { get; init; }

        public bool IsSeen => !IsHidden && !HasNoFont && (Color is not { } color || (color.Alpha > 0 && (Background is not { } behind || !color.IsLike(behind))));

        public Inherited Of(StyleDeclarations own) => this with
        {
            Color = own.IsBackgroundText ? null : own.Color ?? Color,
            Background = own.HasBackground ? own.Background : own.IsLaidOver ? null : Background,
        };

        /// <summary>With what HTML had for colors before there were styles.</summary>
        public Inherited Of(IElement element)
        {
            var state = this;
            if (element.GetAttribute("bgcolor") is { } behind) state = state with { Background = CssColor.Parse(behind.Trim().ToLowerInvariant()) };
            if (element.GetAttribute("background") is not null) state = state with { Background = null };
            if (element.GetAttribute("color") is { } color && element.LocalName == HtmlTagFilter.Renamed + "font") state = state with { Color = CssColor.Parse(color.Trim().ToLowerInvariant()) ?? state.Color };
            return state;
        }
    }
}

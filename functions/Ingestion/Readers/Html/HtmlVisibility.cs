using AngleSharp.Dom;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>What of a page is seen, by attributes, styles and the kind of element.</summary>
internal sealed class HtmlVisibility(IElement body, StyleSheet styles, bool noScript)
{
    private static readonly HashSet<string> Never = new(StringComparer.Ordinal)
    {
        "script", "style", "template", "nav", "head", "title", "svg", "iframe", "object", "embed", "applet", "input", "select", "datalist", "textarea", "canvas",
        "audio", "video", "rp", "rt", "annotation", "annotation-xml", "meter", "progress",
    };

    private static readonly HashSet<string> NeverRoles = new(StringComparer.OrdinalIgnoreCase) { "navigation", "contentinfo", "search", "menu", "menubar" };

    // Visibility and font size are inherited, and parts may take them back.
    private readonly Dictionary<IElement, Inherited> _inherited = new(ReferenceEqualityComparer.Instance);
    private bool? _hasMain;

    /// <summary>Whether neither it nor anything in it is read.</summary>
    public bool IsDropped(IElement element)
    {
        if (element == body) return false;
        var name = element.LocalName;
        if (Never.Contains(name) || IsHiddenByAttribute(element)) return true;
        if (name == "noscript") return !noScript;
        if (name == "button" && !IsWithin(element, "h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")) return true;
        if (name == "dialog" && !element.HasAttribute("open")) return true;
        var role = element.GetAttribute("role")?.Trim();
        if (role is not null && NeverRoles.Contains(role)) return true;
        // Beside the page's own text an aside or a footer is about the site; within it, it is about the text.
        if (name == "footer" && !IsWithin(element, "main", "article", "section", "blockquote", "x-main")) return HasMain || element.ParentElement == body;
        if (name == "aside" || string.Equals(role, "complementary", StringComparison.OrdinalIgnoreCase)) return HasMain && !IsWithin(element, "main", "article", "x-main");
        return false;
    }

    /// <summary>Whether text that stands directly in the element is seen; for elements that are entered, in the order of the page.</summary>
    public bool ShowsText(IElement? element) => element is null || !_inherited.TryGetValue(element, out var inherited) || inherited is { IsHidden: false, HasNoFont: false };

    /// <summary>Notes what an element says of itself and its parts. True: nothing of it is seen.</summary>
    public bool Enter(IElement element)
    {
        var parent = element.ParentElement is { } above && _inherited.TryGetValue(above, out var known) ? known : null;
        var own = Own(element);
        // Whole pages are hidden until their scripts have run: body and html say nothing.
        if (own is null || element == body)
        {
            if (parent is not null) _inherited[element] = parent;
            return false;
        }

        if (own.Hides) return true;
        var state = new Inherited(own.IsVisible is { } visible ? !visible : parent?.IsHidden ?? false, own.HasNoFont ?? parent?.HasNoFont ?? false);
        if (parent is not null || state.IsHidden || state.HasNoFont) _inherited[element] = state;
        return false;
    }

    private StyleDeclarations? Own(IElement element)
    {
        var inline = element.GetAttribute("style") is { Length: > 0 } style ? StyleDeclarations.Parse(StyleSheet.WithoutComments(style)) : null;
        if (styles.IsEmpty) return inline;
        return StyleDeclarations.Merge(inline is null ? styles.For(element) : styles.For(element).Append(inline));
    }

    private static bool IsHiddenByAttribute(IElement element) =>
        (element.GetAttribute("hidden") is { } hidden && !hidden.Equals("until-found", StringComparison.OrdinalIgnoreCase))
        || string.Equals(element.GetAttribute("aria-hidden")?.Trim(), "true", StringComparison.OrdinalIgnoreCase);

    private bool HasMain => _hasMain ??= body.QuerySelectorAll("main, [role=main], article").Any(main => !IsHiddenByAttribute(main) && HasText(main));

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

    private sealed record Inherited(bool IsHidden, bool HasNoFont);
}

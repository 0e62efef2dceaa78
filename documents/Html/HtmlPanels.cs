using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>
/// What a page keeps closed until somebody opens it: answers below questions, the texts of tabs (WAI-ARIA 1.2, <c>aria-controls</c>; the patterns "accordion", "disclosure" and "tabs"). It is text as what is in <c>details</c> is.
/// Menus, which are closed in the same way, are not.
/// </summary>
internal sealed class HtmlPanels(IElement body)
{
    private Dictionary<string, IElement>? _controls;

    /// <summary>Whether a closed element is what a control that is seen opens.</summary>
    public bool CanBeOpened(IElement element) => element.Id is { Length: > 0 } id && Controls.ContainsKey(id) && IsText(element);

    /// <summary>Whether a control opens such an element: then it says what that is about.</summary>
    public bool Opens(IElement control) => Targets(control).Any(id => Controls.TryGetValue(id, out var first) && first == control && body.Owner?.GetElementById(id) is { } element && IsText(element));

    private Dictionary<string, IElement> Controls => _controls ??= Find();

    private Dictionary<string, IElement> Find()
    {
        var controls = new Dictionary<string, IElement>(StringComparer.Ordinal);
        foreach (var control in body.QuerySelectorAll("[aria-controls]"))
        {
            if (control.HasAttribute("aria-haspopup") || (!control.HasAttribute("aria-expanded") && control.GetAttribute("role") != "tab") || IsOut(control)) continue;
            foreach (var id in Targets(control)) controls.TryAdd(id, control);
        }

        return controls;
    }

    private static string[] Targets(IElement control) => control.GetAttribute("aria-controls")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];

    // About the site, or seen by nobody.
    private static bool IsOut(IElement control)
    {
        for (var element = control; element is not null; element = element.ParentElement)
        {
            if (element.LocalName is "nav" or "header" or "footer" || element.GetAttribute("role") is "navigation" or "banner" or "menu" or "menubar" || HtmlVisibility.IsHiddenByAttribute(element)) return true;
        }

        return false;
    }

    // Of a menu most words are links.
    private static bool IsText(IElement element)
    {
        if (element.LocalName == "nav" || element.GetAttribute("role") is "menu" or "menubar" or "navigation" or "dialog" or "listbox" or "tooltip") return false;
        var linked = element.QuerySelectorAll(HtmlTagFilter.Renamed + "a").Sum(link => link.TextContent.Length);
        return linked * 2 <= element.TextContent.Length;
    }
}

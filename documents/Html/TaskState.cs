using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>Whether a task is done, as pages show it without a control: by its role (WAI-ARIA 1.2), or as Notion and Confluence export it, by a style's picture.</summary>
internal static class TaskState
{
    private const string Done = "[x] ", Open = "[ ] ";

    /// <summary>Of an element that is nothing but a box; null where it is none.</summary>
    public static string? Of(IElement element)
    {
        if (element.GetAttribute("role") == "checkbox" && element.GetAttribute("aria-checked") is { } state && string.IsNullOrWhiteSpace(element.TextContent)) return state == "true" ? Done : Open;
        if (!Has(element, "checkbox") || element.ChildElementCount > 0) return null;
        return Has(element, "checkbox-on") ? Done : Has(element, "checkbox-off") ? Open : null;
    }

    /// <summary>Of an item in a list of tasks; null where it is none.</summary>
    public static string? OfItem(IElement element) =>
        element is { LocalName: "li", ParentElement: { } list } && Has(list, "inline-task-list") ? Has(element, "checked") ? Done : Open : null;

    // A list of an element's classes is made for each that is asked for one, and stays.
    private static bool Has(IElement element, string name) =>
        element.GetAttribute("class") is { } names && names.Contains(name, StringComparison.Ordinal) && names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Contains(name);
}

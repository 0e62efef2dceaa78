using System.Text;
using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>What a picture that is no img is called for who cannot see it (WAI-ARIA 1.2, role img; SVG 2, section 5.8): in tables of features a sign often is all that a cell says.</summary>
internal static class PictureLabel
{
    private const string Drawing = "http://www.w3.org/2000/svg";

    /// <summary>Null where an element is no picture, has no name, or says what it shows in words of its own.</summary>
    public static string? Of(IElement element)
    {
        var isDrawing = element.LocalName == "svg" && element.NamespaceUri == Drawing;
        var isPicture = string.Equals(element.GetAttribute("role")?.Trim(), "img", StringComparison.OrdinalIgnoreCase);
        if (!isDrawing && !isPicture) return null;
        if (isDrawing ? element.QuerySelector("text, foreignObject") is not null : !string.IsNullOrWhiteSpace(element.TextContent) || element.QuerySelector("img") is not null) return null;
        var label = element.GetAttribute("aria-label") ?? (isDrawing && isPicture ? element.Children.FirstOrDefault(child => child.LocalName == "title")?.TextContent : null);
        return string.IsNullOrWhiteSpace(label) ? null : label;
    }

    /// <summary>The label with the blanks that part it from the words beside it.</summary>
    public static string Apart(string label, StringBuilder line) => (line.Length > 0 && char.IsLetterOrDigit(line[^1]) ? " " : string.Empty) + label;
}

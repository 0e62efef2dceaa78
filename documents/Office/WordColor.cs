using System.Xml;

namespace Serverless.Documents.Office;

/// <summary>What is told of colors where white letters may stand on white.</summary>
internal static class WordColor
{
    /// <summary>Whether a color, or a document's background, is that of paper.</summary>
    public static bool IsWhite(XmlReader xml)
    {
        var value = WordText.Attribute(xml, "val") ?? WordText.Attribute(xml, "color");
        // A theme's first background is white nearly everywhere; shades of it are not.
        if (WordText.Attribute(xml, "themeColor") is { } theme) return theme is "background1" or "light1" && WordText.Attribute(xml, "themeShade") is null && (value is null || Is(value));
        return Is(value);

        static bool Is(string? value) => string.Equals(value, "FFFFFF", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a shade shows something else than paper.</summary>
    public static bool IsShade(XmlReader xml) =>
        WordText.Attribute(xml, "themeFill") is not null || WordText.Attribute(xml, "fill") is { } fill && !fill.Equals("auto", StringComparison.OrdinalIgnoreCase) && !fill.Equals("FFFFFF", StringComparison.OrdinalIgnoreCase)
        || WordText.Attribute(xml, "val") is not (null or "clear" or "nil");
}

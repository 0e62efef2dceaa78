using System.Globalization;
using DocumentFormat.OpenXml.Packaging;

namespace Serverless.Documents.Office;

/// <summary>Which styles are headings, and of which level, and which hide what they are given to.</summary>
internal sealed class WordStyles
{
    // Half points; Word itself writes none below 2.
    private const int LeastSize = 5;

    private const int LongestLine = 10;

    private readonly Dictionary<string, (int? Level, bool? Hides, (string? Id, int? Level) Numbering, string? BasedOn)> _styles = new(StringComparer.Ordinal);

    private readonly HashSet<string> _shaded = new(StringComparer.Ordinal);

    private readonly HashSet<string> _contents = new(StringComparer.Ordinal);

    public static WordStyles Read(MainDocumentPart main, ReadingScope scope)
    {
        var styles = new WordStyles();
        if (main.StyleDefinitionsPart is not { } part) return styles;
        using var xml = OfficePackage.Xml(part, scope);
        string? id = null, basedOn = null;
        int? level = null;
        bool? hides = null;
        (string? Id, int? Level) numbering = default;
        while (xml.Read())
        {
            if (xml.NodeType == System.Xml.XmlNodeType.Element)
            {
                switch (xml.LocalName)
                {
                    case "style":
                        (id, basedOn, level, hides, numbering) = (WordText.Attribute(xml, "styleId"), null, null, null, default);
                        break;
                    case "name":
                        if (id is not null && IsContents(WordText.Attribute(xml, "val"))) styles._contents.Add(id);
                        level = LevelOf(WordText.Attribute(xml, "val")) ?? level;
                        break;
                    case "outlineLvl":
                        level ??= Outline(WordText.Attribute(xml, "val"));
                        break;
                    case "vanish":
                        hides = IsOn(WordText.Attribute(xml, "val"));
                        break;
                    case "sz" when IsUnreadable(WordText.Attribute(xml, "val")):
                        hides = true;
                        break;
                    case "shd" when id is not null && WordColor.IsShade(xml):
                        styles._shaded.Add(id);
                        break;
                    case "numId":
                        numbering.Id = WordText.Attribute(xml, "val");
                        break;
                    case "ilvl":
                        numbering.Level = WordText.Whole(xml);
                        break;
                    case "basedOn":
                        basedOn = WordText.Attribute(xml, "val");
                        break;
                }
            }
            else if (xml is { NodeType: System.Xml.XmlNodeType.EndElement, LocalName: "style" } && id is not null)
            {
                styles._styles[id] = (level, hides, numbering, basedOn);
            }
        }

        return styles;
    }

    /// <summary>Whether what has the style is a line of a table of contents.</summary>
    public bool IsOfContents(string? style) => style is not null && _contents.Contains(style);

    /// <summary>From 1; null for what is no heading.</summary>
    public int? Level(string? style)
    {
        var last = style;
        foreach (var name in Line(style))
        {
            if (_styles[name].Level is { } level) return level;
            last = _styles[name].BasedOn;
        }

        return LevelOf(last);
    }

    /// <summary>The numbering of what has the style, its level there, and the style in which it was found; null for none.</summary>
    public (string Id, int? Level, string Style)? Numbering(string? style)
    {
        foreach (var name in Line(style))
        {
            if (_styles[name].Numbering is { Id: { } id, Level: var level }) return (id, level, name);
        }

        return null;
    }

    /// <summary>Whether nothing of what has the style is seen.</summary>
    public bool Hides(string? style)
    {
        foreach (var name in Line(style))
        {
            if (_styles[name].Hides is { } hides) return hides;
        }

        return false;
    }

    /// <summary>Whether what has the style may have a color behind it.</summary>
    public bool Shades(string? style) => Line(style).Any(_shaded.Contains);

    /// <summary>Of a property that is on where it stands, unless it says otherwise.</summary>
    public static bool IsOn(string? value) => value is not ("0" or "false" or "off");

    /// <summary>Whether letters of this size, in half points, are too small for anybody to read.</summary>
    public static bool IsUnreadable(string? halfPoints) => int.TryParse(halfPoints, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size < LeastSize;

    /// <summary>Outline levels are written from 0; 9 is body text.</summary>
    public static int? Outline(string? value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var level) && level < 9 ? level + 1 : null;

    /// <summary>Whether Word's name of a style is that of the lines of a table of contents: they lead to what stands elsewhere.</summary>
    public static bool IsContents(string? name) => name is not null && name.StartsWith("toc ", StringComparison.OrdinalIgnoreCase) && name.Length == 5 && char.IsAsciiDigit(name[4]);

    /// <summary>Of the name that Word has for a style, from 1; built-in names are English in every language.</summary>
    public static int? LevelOf(string? name)
    {
        if (name is null) return null;
        if (name.Equals("title", StringComparison.OrdinalIgnoreCase)) return 1;
        var number = name.StartsWith("heading", StringComparison.OrdinalIgnoreCase) ? name.AsSpan(7).Trim() : [];
        return number.Length == 1 && number[0] is >= '1' and <= '9' ? number[0] - '0' : null;
    }

    // A style and those that it is based on, the nearest first; where these go in a circle, it is long enough.
    private IEnumerable<string> Line(string? style)
    {
        for (var i = 0; i < LongestLine && style is not null && _styles.TryGetValue(style, out var found); i++, style = found.BasedOn) yield return style;
    }
}

using System.Globalization;
using System.Xml;

namespace Serverless.Documents.OpenDocument;

/// <summary>What of OpenDocument's styles (ISO/IEC 26300-1, section 16) decides on what is seen: hidden and raised text, hidden slides and sheets, headings, the numbers of lists.</summary>
internal sealed class OpenDocumentStyles
{
    private const int MaxAncestors = 10;
    private const int MaxStyles = 65_536;

    // Points.
    private const double LeastSize = 2.5;

    private readonly Dictionary<string, Style> _styles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ListLevel?[]> _lists = new(StringComparer.Ordinal);
    private Style? _style;
    private ListLevel?[]? _list;

    /// <summary>The numbers of headings; null where they have none.</summary>
    public ListLevel?[]? Outline { get; private set; }

    /// <summary>Takes up an element of a part's styles.</summary>
    public void Add(XmlReader xml)
    {
        // Properties of lists, numbers and defaults are no style's.
        if (xml.LocalName.EndsWith("-style", StringComparison.Ordinal)) _style = null;
        switch (xml.LocalName)
        {
            case "style" when Attribute(xml, "name") is { } name && _styles.Count < MaxStyles:
                // Names stand for themselves within a family.
                _styles[Key(Attribute(xml, "family"), name)] = _style = new Style(Attribute(xml, "family"), Attribute(xml, "parent-style-name"), Attribute(xml, "list-style-name"));
                break;
            case "text-properties" when _style is not null:
                _style.Hides = Attribute(xml, "display") is { } display ? display == "none" : IsUnreadable(Attribute(xml, "font-size")) ? true : _style.Hides;
                _style.IsStruck = (Attribute(xml, "text-line-through-style") ?? Attribute(xml, "text-line-through-type")) is { } line ? line != "none" : _style.IsStruck;
                _style.IsRaised = Attribute(xml, "text-position") is { } position ? IsRaisedBy(position) : _style.IsRaised;
                break;
            case "drawing-page-properties" when _style is not null && Attribute(xml, "visibility") is { } visibility:
                _style.Hides = visibility == "hidden";
                break;
            case "table-properties" when _style is not null && Attribute(xml, "display") is { } shown:
                _style.Hides = shown == "false";
                break;
            case "list-style" when Attribute(xml, "name") is { } name && _lists.Count < MaxStyles:
                _lists[name] = _list = new ListLevel?[ListLevel.Most];
                break;
            case "outline-style":
                Outline = _list = new ListLevel?[ListLevel.Most];
                break;
            case "list-level-style-number" or "outline-level-style" when _list is not null && Whole(xml, "level") is >= 1 and <= ListLevel.Most and var level:
                _list[level - 1] = new ListLevel(
                    Attribute(xml, "num-format") ?? string.Empty, Attribute(xml, "num-prefix") ?? string.Empty, Attribute(xml, "num-suffix") ?? string.Empty, Whole(xml, "start-value") ?? 1, Whole(xml, "display-levels") ?? 1);
                break;
        }
    }

    /// <summary>Whether nothing of what has the style is seen.</summary>
    public bool Hides(string family, string? style) => Find(family, style, found => found.Hides) ?? false;

    public bool IsRaised(string? style) => Find("text", style, found => found.IsRaised) ?? false;

    /// <summary>Whether a line goes through what has the style.</summary>
    public bool IsStruck(string family, string? style) => Find(family, style, found => found.IsStruck) ?? false;

    /// <summary>The list style of a paragraph's style; null for none.</summary>
    public string? List(string? style) => Named("paragraph", style, found => found.List);

    /// <summary>Whether a paragraph of this style is the document's title.</summary>
    public bool IsTitle(string? style) => style == "Title" || Named("paragraph", style, found => found.Parent == "Title" ? found.Parent : null) is not null;

    /// <summary>The levels of a list style; null where a level has no number.</summary>
    public ListLevel?[]? Levels(string? list) => list is null ? null : _lists.GetValueOrDefault(list);

    /// <summary>An attribute whatever its prefix; null where it is absent.</summary>
    public static string? Attribute(XmlReader xml, string name)
    {
        string? value = null;
        for (var found = xml.MoveToFirstAttribute(); found && value is null; found = xml.MoveToNextAttribute()) value = xml.LocalName == name ? xml.Value : null;
        xml.MoveToElement();
        return value;
    }

    public static int? Whole(XmlReader xml, string name) => int.TryParse(Attribute(xml, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // "super 58%", "33% 58%".
    private static bool IsRaisedBy(string position) => position.StartsWith("super", StringComparison.Ordinal) || position is [>= '1' and <= '9', ..];

    private static bool IsUnreadable(string? size) =>
        size is [.., 'p', 't'] && double.TryParse(size.AsSpan(0, size.Length - 2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var points) && points < LeastSize;

    private static string Key(string? family, string name) => $"{family}/{name}";

    private bool? Find(string family, string? style, Func<Style, bool?> of) => Named(family, style, found => of(found)?.ToString()) is { } answer ? bool.Parse(answer) : null;

    private string? Named(string family, string? style, Func<Style, string?> of)
    {
        for (var i = 0; i < MaxAncestors && style is not null && _styles.TryGetValue(Key(family, style), out var found); i++, style = found.Parent)
        {
            if (of(found) is { } answer) return answer;
        }

        return null;
    }

    private sealed record Style(string? Family, string? Parent, string? List)
    {
        public bool? Hides { get; set; }

        public bool? IsRaised { get; set; }

        public bool? IsStruck { get; set; }
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>The declarations of a style attribute or a rule that bear on what is seen.</summary>
internal sealed class StyleDeclarations
{
    // Farther out than any page is wide or any margin negative.
    private const double OffScreen = -500;

    // In pixels, and of opacity: what nobody reads.
    private const double LeastFont = 3;
    private const double LeastOpacity = 0.05;

    private static readonly HashSet<string> Wanted = new(StringComparer.Ordinal)
    {
        "display", "visibility", "content-visibility", "font-size", "font", "opacity", "position", "left", "top", "right", "bottom", "text-indent", "clip", "clip-path", "width", "height",
        "max-height", "max-width", "overflow", "overflow-x", "overflow-y", "color", "background-color", "background", "background-image", "background-clip", "-webkit-background-clip",
        "transform", "translate", "scale", "transition", "transition-property", "transition-duration", "animation", "animation-name", "inset", "inset-inline", "inset-inline-start", "inset-inline-end", "inset-block", "inset-block-start", "inset-block-end", "-webkit-text-fill-color", "margin", "margin-left", "margin-top", "filter", "white-space", "vertical-align", "text-decoration", "text-decoration-line",
    };

    private static readonly string[] Sides = ["left", "top", "right", "bottom", "inset", "inset-inline", "inset-inline-start", "inset-inline-end", "inset-block", "inset-block-start", "inset-block-end"];

    private static readonly HashSet<string> Displays = new(StringComparer.Ordinal)
    {
        "none", "block", "inline", "inline-block", "flex", "inline-flex", "grid", "inline-grid", "contents", "flow", "flow-root", "list-item", "run-in", "math", "table", "inline-table", "table-row", "table-cell",
        "table-column", "table-caption", "table-row-group", "table-header-group", "table-footer-group", "table-column-group", "ruby", "ruby-base", "ruby-text", "ruby-base-container", "ruby-text-container",
        "inherit", "initial", "unset", "revert", "revert-layer",
    };

    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly Dictionary<string, (string Value, bool Important)> _values;

    private StyleDeclarations(Dictionary<string, (string Value, bool Important)> values) => _values = values;

    /// <summary>Null where nothing in it bears on what is seen.</summary>
    public static StyleDeclarations? Parse(string body)
    {
        Dictionary<string, (string, bool)>? values = null;
        foreach (var declaration in body.Split(';'))
        {
            var colon = declaration.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            var name = Unescaped(declaration[..colon]).Trim().ToLowerInvariant();
            if (!Wanted.Contains(name)) continue;
            var value = Unescaped(declaration[(colon + 1)..]).Trim().ToLowerInvariant();
            var bang = value.LastIndexOf('!');
            var important = bang >= 0 && value[(bang + 1)..].Trim() == "important";
            // What a browser does not know leaves what was said before it.
            if (IsUnknown(name, important ? value[..bang].TrimEnd() : value)) continue;
            (values ??= new Dictionary<string, (string, bool)>(StringComparer.Ordinal))[name] = (important ? value[..bang].TrimEnd() : value, important);
        }

        return values is null ? null : new StyleDeclarations(values);
    }

    /// <summary>What a drawing's part says in attributes; null where that is nothing.</summary>
    public static StyleDeclarations? OfDrawing(IElement part)
    {
        var said = HtmlNames.StylesOfDrawings.Where(part.HasAttribute).Select(name => $"{name}:{part.GetAttribute(name)}").ToList();
        return said.Count == 0 ? null : Parse(string.Join(';', said));
    }

    private static bool IsUnknown(string name, string value) => name switch
    {
        "display" => !value.StartsWith('-') && !value.StartsWith("var(", StringComparison.Ordinal) && !Displays.Contains(value.Split(' ')[0]),
        "visibility" => value is not ("visible" or "hidden" or "collapse" or "inherit" or "initial" or "unset" or "revert") && !value.StartsWith("var(", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>With each escape as the character that it stands for (https://www.w3.org/TR/css-syntax-3/#consume-escaped-code-point).</summary>
    private static string Unescaped(string css)
    {
        if (!css.Contains('\\', StringComparison.Ordinal)) return css;
        var text = new StringBuilder(css.Length);
        for (var at = 0; at < css.Length; at++)
        {
            if (css[at] != '\\')
            {
                text.Append(css[at]);
                continue;
            }

            var digits = css.AsSpan(at + 1).IndexOfAnyExcept(Hexadecimal) is >= 0 and var end ? end : css.Length - at - 1;
            if (digits == 0) continue;
            digits = Math.Min(digits, 6);
            var code = int.Parse(css.AsSpan(at + 1, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            text.Append(Rune.IsValid(code) && code != 0 ? new Rune(code).ToString() : "\uFFFD");
            at += digits;
            if (at + 1 < css.Length && char.IsWhiteSpace(css[at + 1])) at++;
        }

        return text.ToString();
    }

    /// <summary>Many as one: later ones win, important ones over others.</summary>
    public static StyleDeclarations? Merge(IEnumerable<StyleDeclarations> weakestFirst)
    {
        StyleDeclarations? merged = null;
        foreach (var declarations in weakestFirst)
        {
            merged ??= new StyleDeclarations(new Dictionary<string, (string, bool)>(StringComparer.Ordinal));
            foreach (var (name, value) in declarations._values)
            {
                if (!merged._values.TryGetValue(name, out var before) || !before.Important || value.Important) merged._values[name] = value;
            }
        }

        return merged;
    }

    /// <summary>Whether nothing of the element is seen, whatever its parts say of themselves.</summary>
    public bool Hides =>
        Value("display") == "none"
        || Value("content-visibility") == "hidden"
        || (Fraction("opacity") <= LeastOpacity && !IsToAppear)
        || (Argument("filter", "opacity") is { } filtered && Share(filtered) <= LeastOpacity)
        || (Value("position") is "absolute" or "fixed" && IsClippedAway)
        || (Value("position") is "absolute" or "fixed" or "relative" && Sides.Any(side => Words(side).Any(length => LengthOf(length) <= OffScreen)))
        || Length("text-indent") <= OffScreen
        || IsPulledAway
        || IsCutAway
        || (IsCut && (Length("height") is >= 0 and <= 1 || Length("max-height") is >= 0 and <= 1 || Length("width") is >= 0 and <= 1 || Length("max-width") is >= 0 and <= 1))
        || IsMovedAway;

    /// <summary>Whether it stands beside others as a cell does.</summary>
    public bool IsCell => Value("display") is "table-cell" or "inline-flex" or "inline-grid";

    /// <summary>Whether what stands in it stands beside each other, with a gap or as columns.</summary>
    public bool IsRow => Value("display") is "flex" or "inline-flex" or "grid" or "inline-grid";

    /// <summary>Whether lines end where the page's own do; null where it says nothing of it.</summary>
    public bool? KeepsLines => Value("white-space") is { } space && space is not "inherit" ? space is "pre" or "pre-wrap" or "pre-line" or "break-spaces" : null;

    /// <summary>Whether a line goes through its letters.</summary>
    public bool IsStruck => (Value("text-decoration-line") ?? Value("text-decoration"))?.Split(' ').Contains("line-through") == true;

    /// <summary>Whether it begins a line of its own.</summary>
    public bool IsBlock => Value("display") is "block" or "flex" or "grid" or "list-item" or "table" or "table-row" or "flow-root";

    /// <summary>The color of its letters; null where it says nothing of it, or what is not known here.</summary>
    public CssColor? Color => (Value("-webkit-text-fill-color") ?? Value("color")) is { } color ? CssColor.Parse(color) : null;

    /// <summary>Whether it says what stands behind its letters.</summary>
    public bool HasBackground => Value("background") is not (null or "none" or "inherit" or "initial" or "unset" or "transparent")
        || Value("background-color") is not (null or "inherit" or "initial" or "unset" or "transparent") || Value("background-image") is not (null or "none");

    /// <summary>The one color behind its letters; null where it is an image, or not known here.</summary>
    public CssColor? Background
    {
        get
        {
            if ((Value("background-image") ?? Value("background") ?? string.Empty) is var image && (image.Contains("url(", StringComparison.Ordinal) || image.Contains("gradient", StringComparison.Ordinal)))
                return null;
            var color = Value("background-color") is { } given ? CssColor.Parse(given)
                : Value("background") is { } all ? CssColor.Parse(all) ?? all.Split(' ').Select(CssColor.Parse).FirstOrDefault(part => part is not null)
                : null;
            return color is { Alpha: 1 } ? color : null;
        }
    }

    /// <summary>Whether its letters are cut out of its background: then they have no color of their own.</summary>
    public bool IsBackgroundText => Value("background-clip") == "text" || Value("-webkit-background-clip") == "text";

    /// <summary>Whether it lies over something else than what it stands in.</summary>
    public bool IsLaidOver => Value("position") is "absolute" or "fixed" or "sticky";

    /// <summary>Whether it and those of its parts are seen that do not say otherwise; null where it says nothing.</summary>
    public bool? IsVisible => Value("visibility") switch { "hidden" or "collapse" => false, "visible" => true, _ => null };

    /// <summary>Whether its letters stand above the line.</summary>
    public bool IsRaised => Value("vertical-align") == "super";

    /// <summary>Whether its letters stand below the line.</summary>
    public bool IsLowered => Value("vertical-align") == "sub";

    /// <summary>Whether nothing but this hides it: what is to be opened is closed so.</summary>
    public bool IsClosed => Value("display") == "none";

    /// <summary>Whether its letters have no height; null where it says nothing of it, or in parts of what its parent has.</summary>
    public bool? HasNoFont
    {
        get
        {
            var size = Value("font-size") ?? (Value("font") is { } font ? font.Split(' ').Select(part => part.Split('/')[0]).FirstOrDefault(part => part.Length > 0 && char.IsAsciiDigit(part[0])) : null);
            if (size is null || size is "inherit" or "smaller" or "larger" or "unset") return null;
            if (Amount(size) is not { } amount) return false;
            if (amount == 0) return true;
            return IsRelative(size) ? null : Pixels(size, amount) < LeastFont;
        }
    }

    private bool IsCut => Value("overflow") is "hidden" or "clip" || Value("overflow-y") is "hidden" or "clip" || Value("overflow-x") is "hidden" or "clip";

    private bool IsClippedAway => Value("clip") is { } clip && clip.StartsWith("rect(", StringComparison.Ordinal)
        && clip[5..].TrimEnd(')').Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).All(side => Amount(side) is >= 0 and <= 1);

    private bool IsCutAway => (Argument("clip-path", "inset") is { } inset && inset.EndsWith('%') && Amount(inset) >= 50)
        || (Argument("clip-path", "circle") is { } radius && Amount(radius) == 0)
        || (Arguments("clip-path", "polygon") is { Length: > 0 } points && points.All(point => Amount(point) == 0));

    // What a script or a style lets appear.
    private bool IsToAppear => Value("transition") is not null || Value("transition-property") is not null || Value("transition-duration") is not null || Value("animation") is not null || Value("animation-name") is not null;

    // By parts of the width margins place columns side by side.
    private bool IsPulledAway => Words("margin-left").Concat(Words("margin-top")).Concat(Words("margin")).Any(side => !side.EndsWith('%') && LengthOf(side) <= OffScreen);

    private bool IsMovedAway => Arguments("transform", "scale", "scalex", "scaley", "scale3d").Concat(Words("scale")).Any(factor => Amount(factor) == 0)
        || Arguments("transform", "translate", "translatex", "translatey", "translate3d").Concat(Words("translate")).Any(way => (way.EndsWith('%') ? Amount(way) : LengthOf(way)) <= OffScreen);

    private string? Value(string name) => _values.TryGetValue(name, out var value) ? value.Value : null;

    private string[] Words(string name) => Value(name)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>What stands in the parentheses of a property's functions.</summary>
    private string[] Arguments(string name, params ReadOnlySpan<string> functions)
    {
        if (Value(name) is not { } value) return [];
        var found = new List<string>();
        foreach (var call in value.Split(')'))
        {
            var open = call.IndexOf('(', StringComparison.Ordinal);
            if (open >= 0 && functions.Contains(call[..open].Trim())) found.AddRange(call[(open + 1)..].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. found];
    }

    private string? Argument(string name, string function) => Arguments(name, function) is [var first, ..] ? first : null;

    private double? Fraction(string name) => Value(name) is { } value ? Share(value) : null;

    private static double? Share(string value) => value.EndsWith('%') ? Amount(value) / 100 : Amount(value);

    private double? Length(string name) => Value(name) is { } value ? LengthOf(value) : null;

    // In pixels, roughly: what matters is whether it is nothing, or far out. What is pulled by half a screen may reach from one side of it to the other; by a whole one it is out.
    private static double? LengthOf(string value)
    {
        if (Amount(value) is not { } amount) return null;
        if (value.EndsWith("em", StringComparison.Ordinal)) return amount * 16;
        return value.EndsWith('%') || value.EndsWith("vw", StringComparison.Ordinal) || value.EndsWith("vh", StringComparison.Ordinal) ? amount * 5 : Pixels(value, amount);
    }

    private static double Pixels(string value, double amount) => value.EndsWith("rem", StringComparison.Ordinal) ? amount * 16
        : value.EndsWith("pt", StringComparison.Ordinal) ? amount * 4 / 3
        : value.EndsWith("cm", StringComparison.Ordinal) ? amount * 37.8
        : value.EndsWith("mm", StringComparison.Ordinal) ? amount * 3.78
        : value.EndsWith("in", StringComparison.Ordinal) ? amount * 96
        : amount;

    private static bool IsRelative(string value) => value.EndsWith("em", StringComparison.Ordinal) && !value.EndsWith("rem", StringComparison.Ordinal) || value.EndsWith('%');

    private static double? Amount(string value)
    {
        var end = 0;
        while (end < value.Length && (char.IsAsciiDigit(value[end]) || value[end] is '-' or '+' or '.')) end++;
        return double.TryParse(value.AsSpan(0, end), NumberStyles.Float, CultureInfo.InvariantCulture, out var amount) ? amount : null;
    }
}

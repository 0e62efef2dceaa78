using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>The declarations of a style attribute or a rule that bear on what is seen.</summary>
internal sealed class StyleDeclarations
{
    // Farther out than any page is wide or any margin negative.
    private const double OffScreen = -500;

    private static readonly HashSet<string> Wanted = new(StringComparer.Ordinal)
    {
        "display", "visibility", "content-visibility", "font-size", "font", "opacity", "position", "left", "top", "right", "bottom", "text-indent", "clip", "clip-path", "width", "height",
        "max-height", "max-width", "overflow", "overflow-x", "overflow-y", "color", "background-color", "background", "transform", "transition", "animation",
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
            (values ??= new Dictionary<string, (string, bool)>(StringComparer.Ordinal))[name] = (important ? value[..bang].TrimEnd() : value, important);
        }

        return values is null ? null : new StyleDeclarations(values);
    }

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
        || (Number("opacity") is 0 && Value("transition") is null && Value("animation") is null)
        || (Value("position") is "absolute" or "fixed" && (new[] { "left", "top", "right", "bottom" }.Any(side => Length(side) <= OffScreen) || IsClippedAway))
        || Length("text-indent") <= OffScreen
        || (Value("clip-path") is { } path && (path.StartsWith("inset(50%", StringComparison.Ordinal) || path.StartsWith("inset(100%", StringComparison.Ordinal) || path == "circle(0)"))
        || (IsCut && (Length("height") is >= 0 and <= 1 || Length("max-height") is >= 0 and <= 1 || Length("width") is >= 0 and <= 1 || Length("max-width") is >= 0 and <= 1))
        || Value("transform") is "scale(0)" or "scale(0,0)" or "scale(0, 0)"
        || Value("color") is "transparent"
        || (Value("color") is { } color && color == (Value("background-color") ?? Value("background")));

    /// <summary>Whether it and those of its parts are seen that do not say otherwise; null where it says nothing.</summary>
    public bool? IsVisible => Value("visibility") switch { "hidden" or "collapse" => false, "visible" => true, _ => null };

    /// <summary>Whether its letters have no height; null where it says nothing of it, or in parts of what its parent has.</summary>
    public bool? HasNoFont
    {
        get
        {
            var size = Value("font-size") ?? (Value("font") is { } font ? font.Split(' ').Select(part => part.Split('/')[0]).FirstOrDefault(part => part.Length > 0 && char.IsAsciiDigit(part[0])) : null);
            if (size is null || size is "inherit" or "smaller" or "larger" or "unset") return null;
            if (Amount(size) is not { } amount) return false;
            return amount < 1 && !IsRelative(size) ? true : amount == 0 ? true : IsRelative(size) ? null : false;
        }
    }

    private bool IsCut => Value("overflow") is "hidden" or "clip" || Value("overflow-y") is "hidden" or "clip" || Value("overflow-x") is "hidden" or "clip";

    private bool IsClippedAway => Value("clip") is { } clip && clip.StartsWith("rect(", StringComparison.Ordinal)
        && clip[5..].TrimEnd(')').Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).All(side => Amount(side) is >= 0 and <= 1);

    private string? Value(string name) => _values.TryGetValue(name, out var value) ? value.Value : null;

    private double? Number(string name) => Value(name) is { } value ? Amount(value) : null;

    // In pixels, roughly: what matters is whether it is nothing, or far out.
    private double? Length(string name)
    {
        if (Value(name) is not { } value || Amount(value) is not { } amount) return null;
        if (value.EndsWith("em", StringComparison.Ordinal)) return amount * 16;
        return value.EndsWith('%') || value.EndsWith("vw", StringComparison.Ordinal) || value.EndsWith("vh", StringComparison.Ordinal) ? amount * 10 : amount;
    }

    private static bool IsRelative(string value) => value.EndsWith("em", StringComparison.Ordinal) && !value.EndsWith("rem", StringComparison.Ordinal) || value.EndsWith('%');

    private static double? Amount(string value)
    {
        var end = 0;
        while (end < value.Length && (char.IsAsciiDigit(value[end]) || value[end] is '-' or '+' or '.')) end++;
        return double.TryParse(value.AsSpan(0, end), NumberStyles.Float, CultureInfo.InvariantCulture, out var amount) ? amount : null;
    }
}

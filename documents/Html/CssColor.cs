using System.Drawing;
using System.Globalization;

namespace Serverless.Documents.Html;

/// <summary>A color of CSS (https://www.w3.org/TR/css-color-4/): hexadecimal, rgb(), hsl() or a name.</summary>
/// <param name="Alpha">0 (nothing is seen of it) to 1.</param>
internal readonly record struct CssColor(byte Red, byte Green, byte Blue, double Alpha)
{
    // Of all three channels together, 0..765: what differs by less cannot be told apart on a screen.
    private const int LeastDifference = 24;

    public static CssColor White { get; } = new(255, 255, 255, 1);

    /// <summary>Null for what is none, or names no color by itself (<c>inherit</c>, <c>var(...)</c>).</summary>
    /// <param name="text">Lower case, without blanks around it.</param>
    public static CssColor? Parse(string text)
    {
        if (text.StartsWith('#')) return Hexadecimal(text.AsSpan(1));
        if (text == "transparent") return new CssColor(0, 0, 0, 0);
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
        {
            var named = Color.FromName(text);
            return named is { IsKnownColor: true, IsSystemColor: false } ? new CssColor(named.R, named.G, named.B, 1) : null;
        }

        var parts = text[(open + 1)..].TrimEnd(')').Split([' ', ',', '/'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 3) return null;
        var alpha = parts.Length > 3 ? Amount(parts[3], 1) : 1;
        return text[..open] switch
        {
            "rgb" or "rgba" when Channel(parts[0]) is { } red && Channel(parts[1]) is { } green && Channel(parts[2]) is { } blue && alpha is { } a => new CssColor(red, green, blue, a),
            "hsl" or "hsla" when Number(parts[0]) is { } hue && Amount(parts[1], 1) is { } saturation && Amount(parts[2], 1) is { } lightness && alpha is { } a =>
                Hsl(hue, saturation > 1 ? saturation / 100 : saturation, lightness > 1 ? lightness / 100 : lightness, a),
            _ => null,
        };
    }

    /// <summary>Whether letters of one color on the other are not seen.</summary>
    public bool IsLike(CssColor other) => Math.Abs(Red - other.Red) + Math.Abs(Green - other.Green) + Math.Abs(Blue - other.Blue) < LeastDifference;

    private static CssColor? Hexadecimal(ReadOnlySpan<char> digits)
    {
        if (digits.Length is not (3 or 4 or 6 or 8) || !uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return null;
        if (digits.Length is 3 or 6) value = digits.Length == 3 ? (value << 4) | 0xF : (value << 8) | 0xFF;
        return digits.Length <= 4
            ? new CssColor(Twice(value >> 12), Twice(value >> 8), Twice(value >> 4), Twice(value) / 255.0)
            : new CssColor((byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value / 255.0);

        static byte Twice(uint digit) => (byte)((digit & 0xF) * 0x11);
    }

    // https://www.w3.org/TR/css-color-4/#hsl-to-rgb
    private static CssColor Hsl(double hue, double saturation, double lightness, double alpha)
    {
        return new CssColor(Of(0), Of(8), Of(4), alpha);

        byte Of(double n)
        {
            var k = (n + (hue / 30)) % 12;
            var value = lightness - (saturation * Math.Min(lightness, 1 - lightness) * Math.Max(-1, Math.Min(k - 3, Math.Min(9 - k, 1))));
            return (byte)Math.Round(255 * Math.Clamp(value, 0, 1));
        }
    }

    private static byte? Channel(string text) => Amount(text, 255) is { } amount ? (byte)Math.Clamp(amount, 0, 255) : null;

    private static double? Amount(string text, double whole) => text.EndsWith('%') ? Number(text[..^1]) / 100 * whole : Number(text);

    private static double? Number(string text) =>
        double.TryParse(text.EndsWith("deg", StringComparison.Ordinal) ? text[..^3] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}

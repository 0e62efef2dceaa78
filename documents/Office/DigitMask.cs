using System.Globalization;
using System.Text;

namespace Serverless.Documents.Office;

/// <summary>Number formats of nothing but digits' places, what parts them and words, as of invoices' and parts' numbers, postcodes and telephones: without the zeros at its head, or with a blank in it, such a number is another.</summary>
internal static class DigitMask
{
    private const double Most = 1e15;
    private const int MaxDigits = 40;
    private const char Place = '\0';

    /// <summary>The number as the format shows it; null where it is another kind of format, or of number.</summary>
    /// <param name="section">A format code without semicolons.</param>
    public static string? Show(string section, double number)
    {
        if (number is < 0 or >= Most || double.Floor(number) != number || Mask(section) is not { } mask) return null;
        var zeros = mask.AsSpan().Count(Place);
        if (zeros is < 2 or > MaxDigits) return null;
        var digits = number.ToString("F0", CultureInfo.InvariantCulture).PadLeft(zeros, '0');
        var shown = new StringBuilder();
        // More digits than places stand before the first.
        var at = digits.Length - zeros;
        var isFirst = true;
        foreach (var c in mask)
        {
            if (c != Place)
            {
                shown.Append(c);
                continue;
            }

            if (isFirst) shown.Append(digits, 0, at);
            isFirst = false;
            shown.Append(digits[at++]);
        }

        return shown.ToString().Trim();
    }

    // What is shown, with a mark for each digit's place. Digits in quotation marks are words.
    private static string? Mask(string section)
    {
        var (mask, quoted) = (new StringBuilder(), false);
        for (var i = 0; i < section.Length; i++)
        {
            var c = section[i];
            if (c == '"') quoted = !quoted;
            else if (quoted) mask.Append(c);
            else if (c == '\\' && i + 1 < section.Length) mask.Append(section[++i]);
            else if (c == '0') mask.Append(Place);
            else if (c is '-' or ' ' or '(' or ')' or '/') mask.Append(c);
            else return null;
        }

        return mask.ToString();
    }
}

using System.Globalization;
using System.Text;

namespace Serverless.Functions.Ingestion.Readers.Office;

/// <summary>Number formats of nothing but digits and what parts them, as of parts' numbers, postcodes and telephones: without the zeros at its head such a number is another.</summary>
internal static class DigitMask
{
    private const double Most = 1e15;
    private const int MaxDigits = 40;

    /// <summary>The number as the format shows it; null where it is another kind of format, or of number.</summary>
    /// <param name="section">A format code without semicolons.</param>
    public static string? Show(string section, double number)
    {
        var mask = section.Replace("\\", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal);
        var zeros = mask.Count(c => c == '0');
        if (zeros is < 2 or > MaxDigits || mask.Any(c => c is not ('0' or '-' or ' ' or '(' or ')' or '/')) || number is < 0 or >= Most || double.Floor(number) != number) return null;
        var digits = number.ToString("F0", CultureInfo.InvariantCulture).PadLeft(zeros, '0');
        var shown = new StringBuilder();
        // More digits than places stand before the first.
        var at = digits.Length - zeros;
        var isFirst = true;
        foreach (var c in mask)
        {
            if (c != '0')
            {
                shown.Append(c);
                continue;
            }

            if (isFirst) shown.Append(digits, 0, at);
            isFirst = false;
            shown.Append(digits[at++]);
        }

        return shown.ToString();
    }
}

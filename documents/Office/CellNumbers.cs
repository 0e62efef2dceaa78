using System.Globalization;

namespace Serverless.Documents.Office;

/// <summary>What number formats show beside a number: dates, times, percentages, currencies and units (ISO/IEC 29500-1, section 18.8.30).</summary>
/// <param name="is1904">Whether days are counted from 1904 on.</param>
internal sealed class CellNumbers(bool is1904)
{
    private readonly Dictionary<string, NumberFormat> _formats = new(StringComparer.Ordinal);

    /// <summary>A cell's number in ISO 8601 where it is a time, in per cent where it is shown so.</summary>
    /// <param name="format">The format's number: of those that every workbook has, some are known by it alone.</param>
    /// <param name="code">The format as the workbook writes it; empty where it does not.</param>
    public string Show(double number, int format, string code)
    {
        if (ElapsedTime.Show(format == 46 ? "[h]:mm:ss" : code, number) is { } elapsed) return elapsed;
        if (IsDate(format, code)) return Date(number, format is 19 or 21 or 45 or 47 || code.Contains('s', StringComparison.OrdinalIgnoreCase)) ?? NumberFormat.General.Show(number);
        if (format is 9 or 10) code = "0%";
        if (code.Length == 0) return NumberFormat.General.Show(number);
        var key = NumberFormat.Section(code, number);
        if (DigitMask.Show(key, number) is { } digits) return digits;
        if (!_formats.TryGetValue(key, out var shown)) _formats[key] = shown = NumberFormat.Parse(key);
        return shown.Show(number);
    }

    private string? Date(double serial, bool hasSeconds)
    {
        if (is1904) serial += 1462;
        // Nor what is no number at all, as a broken file may hold.
        if (serial is not (>= 0 and < 2_958_466)) return null;
        // Fractions of a day are seldom whole seconds.
        var date = DateTime.FromOADate(Math.Min(Math.Round(serial * 86_400) / 86_400, 2_958_465.99998));
        date = date.AddMilliseconds(500);
        var time = hasSeconds && date.Second > 0 ? "HH:mm:ss" : "HH:mm";
        if (serial < 1) return date.ToString(time, CultureInfo.InvariantCulture);
        return date.ToString(date is { Hour: 0, Minute: 0, Second: 0 } ? "yyyy-MM-dd" : "yyyy-MM-dd " + time, CultureInfo.InvariantCulture);
    }

    private static bool IsDate(int format, string code)
    {
        if (format is (>= 14 and <= 22) or (>= 27 and <= 36) or (>= 45 and <= 47) or (>= 50 and <= 58)) return true;
        var (quoted, bracketed) = (false, false);
        for (var i = 0; i < code.Length; i++)
        {
            var c = code[i];
            if (c == '"') quoted = !quoted;
            else if (quoted) continue;
            else if (c is '\\' or '_' or '*') i++;
            else if (c is '[') bracketed = true;
            else if (c is ']') bracketed = false;
            else if (bracketed) continue;
            else if (c is 'y' or 'Y' or 'd' or 'D' or 'h' or 'H' or 'm' or 'M' or 's' or 'S') return true;
            // Before digits' places they would be units that nobody put in quotation marks.
            else if (c is '0' or '#' or '?') return false;
        }

        return false;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Office;

/// <summary>Number formats that count hours, minutes or seconds beyond a day's: <c>[h]:mm</c> (ISO/IEC 29500-1, section 18.8.31).</summary>
internal static partial class ElapsedTime
{
    private const double MostDays = 1_000_000;

    /// <summary>The time as hours, minutes and seconds, as far as the format shows them; null where it is another kind of format.</summary>
    /// <param name="days">What the cell holds.</param>
    public static string? Show(string code, double days)
    {
        if (Unit().Match(code) is not { Success: true } unit || Math.Abs(days) is not <= MostDays) return null;
        var seconds = (long)Math.Round(Math.Abs(days) * 86_400);
        var hasSeconds = code.AsSpan(unit.Index + unit.Length).Contains("s", StringComparison.OrdinalIgnoreCase);
        var shown = char.ToLowerInvariant(code[unit.Index + 1]) switch
        {
            'h' when hasSeconds => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}"),
            'h' when code.AsSpan(unit.Index + unit.Length).Contains("m", StringComparison.OrdinalIgnoreCase) => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:00}"),
            'h' => (seconds / 3600).ToString(CultureInfo.InvariantCulture),
            'm' when hasSeconds => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}:{seconds % 60:00}"),
            'm' => (seconds / 60).ToString(CultureInfo.InvariantCulture),
            _ => seconds.ToString(CultureInfo.InvariantCulture),
        };
        return days < 0 ? "-" + shown : shown;
    }

    [GeneratedRegex(@"\[(?:h+|m+|s+)\]", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Unit();
}

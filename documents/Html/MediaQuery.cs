using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Html;

/// <summary>Media queries as a wide screen answers them, 1280 by 800 pixels with a mouse, in light colors (https://www.w3.org/TR/mediaqueries-5/).</summary>
internal static partial class MediaQuery
{
    private const double ScreenWidth = 1280;
    private const double ScreenHeight = 800;
    private const int MaxLength = 500;

    /// <summary>Whether one of them holds; one that asks for what is not known here does not.</summary>
    public static bool HoldsOnScreens(ReadOnlySpan<char> media)
    {
        if (media.IsWhiteSpace()) return true;
        return media.Length <= MaxLength && media.ToString().ToLowerInvariant().Split(',').Any(query => Query(query.Trim()) == true);
    }

    // Null: not known.
    private static bool? Query(string query)
    {
        if (query.StartsWith("not ", StringComparison.Ordinal)) return !Query(query[4..].Trim());
        bool? all = true;
        foreach (var condition in query.Split(" and ", StringSplitOptions.TrimEntries))
        {
            var holds = Either(condition);
            if (holds == false) return false;
            all = holds is null ? null : all;
        }

        return all;
    }

    private static bool? Either(string condition)
    {
        if (!condition.Contains(" or ", StringComparison.Ordinal)) return Condition(condition);
        var answers = condition.Split(" or ", StringSplitOptions.TrimEntries).Select(Condition).ToList();
        return answers.Contains(true) ? true : answers.Contains(null) ? null : false;
    }

    private static bool? Condition(string condition)
    {
        if (condition.StartsWith("only ", StringComparison.Ordinal)) condition = condition[5..].Trim();
        if (!condition.StartsWith('(')) return condition is "screen" or "all";
        if (Range().Match(condition) is { Success: true } range) return InRange(range);
        var parts = condition.Trim('(', ')').Split(':', 2, StringSplitOptions.TrimEntries);
        var value = parts.Length > 1 ? parts[1] : string.Empty;
        return parts[0] switch
        {
            "min-width" or "min-device-width" => Pixels(value) is { } least ? least <= ScreenWidth : null,
            "max-width" or "max-device-width" => Pixels(value) is { } most ? most >= ScreenWidth : null,
            "min-height" => Pixels(value) is { } least ? least <= ScreenHeight : null,
            "max-height" => Pixels(value) is { } most ? most >= ScreenHeight : null,
            "orientation" => value == "landscape",
            "hover" or "any-hover" => value is "hover" or "",
            "pointer" or "any-pointer" => value is "fine" or "",
            "prefers-color-scheme" => value == "light",
            "prefers-reduced-motion" or "prefers-contrast" or "prefers-reduced-transparency" => value == "no-preference",
            "forced-colors" or "inverted-colors" => value == "none",
            "color" => true,
            "monochrome" => false,
            _ => null,
        };
    }

    private static bool? InRange(Match range)
    {
        var size = range.Groups["feature"].Value == "width" ? ScreenWidth : ScreenHeight;
        var (low, high) = (Pixels(range.Groups["low"].Value), Pixels(range.Groups["high"].Value));
        if ((range.Groups["low"].Success && low is null) || (range.Groups["high"].Success && high is null)) return null;
        return (low is null || Compare(low.Value, range.Groups["first"].Value, size)) && (high is null || Compare(size, range.Groups["second"].Value, high.Value));
    }

    private static bool Compare(double left, string sign, double right) => sign switch { "<" => left < right, "<=" => left <= right, ">" => left > right, ">=" => left >= right, _ => Math.Abs(left - right) < 0.01 };

    private static double? Pixels(string value)
    {
        var factor = value.EndsWith("px", StringComparison.Ordinal) ? 1 : value.EndsWith("em", StringComparison.Ordinal) ? 16 : value == "0" ? 1 : 0;
        return factor > 0 && double.TryParse(value.TrimEnd('p', 'x', 'r', 'e', 'm', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number * factor : null;
    }

    [GeneratedRegex(@"^\(\s*(?:(?<low>[\d.]+[a-z]*)\s*(?<first>[<>]=?|=)\s*)?(?<feature>width|height)\s*(?:(?<second>[<>]=?|=)\s*(?<high>[\d.]+[a-z]*)\s*)?\)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Range();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>
/// The days, months and quarters that a text names, however it writes them: <c>2024-03-05</c>, <c>5 March 2024</c>, <c>Mar 5th, 2024</c>, <c>05.03.2024</c>, <c>March 2024</c>, <c>2024-03</c>, <c>Q3/2024</c>, <c>third quarter of 2024</c>.
/// Months in words are English, German, French or Spanish. A day whose month may as well be the other number (<c>03/05/2024</c>) is left out, and so is a day without a year.
/// </summary>
internal static partial class NamedTimes
{
    // Of a text that is a list of dates.
    private const int Most = 200;

    private const string Years = "(?:19|20)[0-9]{2}";

    // In each language, January first; the first letters stand for a name that is cut short.
    private static readonly string[][] Names =
    [
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"],
        ["januar", "februar", "m\u00E4rz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"],
        ["janvier", "f\u00E9vrier", "mars", "avril", "mai", "juin", "juillet", "ao\u00FBt", "septembre", "octobre", "novembre", "d\u00E9cembre"],
        ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
    ];

    private static readonly string[] Ordinals = ["first", "second", "third", "fourth"];

    private static readonly Dictionary<string, int> Months = MonthsByName();

    /// <summary>Each as a word that no text has: <c>2024-03-05</c> with <c>2024-03</c>, or <c>2024-q3</c>.</summary>
    /// <param name="text">As it is matched.</param>
    /// <param name="withMonths">Whether a day names its month as well, as it does in what is found, and not in what is asked for.</param>
    public static HashSet<string> Of(string text, bool withMonths)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (year, month, day) in Days(text).Take(Most))
        {
            if (day > 0) named.Add(Key(year, month, day));
            if (day == 0 || withMonths) named.Add(Key(year, month, 0));
        }

        foreach (var (year, quarter) in Quarters(text).Take(Most)) named.Add(string.Create(CultureInfo.InvariantCulture, $"{year}-q{quarter}"));
        return named;
    }

    /// <summary>Other spellings of the times of a question, each a phrase of the simple syntax.</summary>
    public static IEnumerable<string> FormsOf(string question)
    {
        foreach (var (year, month, day) in Days(question).Distinct())
        {
            var names = Names.Select(language => language[month - 1]).Distinct().ToList();
            var iso = string.Create(CultureInfo.InvariantCulture, $"{year} {month:00}");
            yield return day == 0 ? $"\"{iso}\"" : string.Create(CultureInfo.InvariantCulture, $"\"{iso} {day:00}\"");
            foreach (var name in names) yield return day == 0 ? $"\"{name} {year}\"" : $"\"{day} {name} {year}\"";
            if (day == 0) continue;
            yield return $"\"{names[0]} {day} {year}\"";
            yield return string.Create(CultureInfo.InvariantCulture, $"{day:00}.{month:00}.{year}");
            yield return $"{day}.{month}.{year}";
        }

        foreach (var (year, quarter) in Quarters(question).Distinct())
        {
            yield return $"\"q{quarter} {year}\"";
            yield return $"\"{year} q{quarter}\"";
            yield return $"\"{Ordinals[quarter - 1]} quarter of {year}\"";
            yield return $"\"{quarter} quartal {year}\"";
        }
    }

    /// <summary>The words by which the times of a passage may be asked for: a month's number and names, a day with and without its zero, a quarter's ordinal.</summary>
    public static IEnumerable<string> WordsOf(string passage)
    {
        foreach (var (_, month, day) in Days(passage).Distinct().Take(Most))
        {
            yield return month.ToString("00", CultureInfo.InvariantCulture);
            foreach (var language in Names) yield return language[month - 1];
            yield return Names[0][month - 1][..3];
            if (day == 0) continue;
            yield return day.ToString(CultureInfo.InvariantCulture);
            yield return day.ToString("00", CultureInfo.InvariantCulture);
            yield return $"{day}{(day is 1 or 21 or 31 ? "st" : day is 2 or 22 ? "nd" : day is 3 or 23 ? "rd" : "th")}";
        }

        foreach (var (_, quarter) in Quarters(passage).Distinct().Take(Most))
        {
            yield return $"q{quarter}";
            yield return "quarter";
            yield return Ordinals[quarter - 1];
        }
    }

    /// <summary>A quarter, a half or a business year as it is written out, for one that is named as a code is: <c>Q3</c>, <c>H1</c>, <c>FY2024</c>; in capitals, without blanks.</summary>
    public static IEnumerable<string> WrittenOut(string code) => code switch
    {
        ['Q', >= '1' and <= '4'] => [$"{Ordinals[code[1] - '1']}quarter".ToUpperInvariant(), $"{code[1]}{(code[1] == '1' ? "ST" : code[1] == '2' ? "ND" : code[1] == '3' ? "RD" : "TH")}QUARTER", $"{code[1]}QUARTAL"],
        ['H', '1' or '2'] => [$"{Ordinals[code[1] - '1']}half".ToUpperInvariant()],
        ['F', 'Y', .. { Length: 2 or 4 } year] when year.All(char.IsAsciiDigit) => [$"FISCALYEAR{(year.Length == 2 ? "20" : "")}{year}", $"FINANCIALYEAR{(year.Length == 2 ? "20" : "")}{year}"],
        _ => [],
    };

    /// <returns>A day of 0: of the month alone.</returns>
    private static IEnumerable<(int Year, int Month, int Day)> Days(string text)
    {
        // Most texts have no year.
        if (!Year().IsMatch(text)) yield break;
        foreach (Match match in Written().Matches(text))
        {
            var (year, day) = (Number(match, "y"), Number(match, "d"));
            var month = match.Groups["m"].Success ? Number(match, "m") : Months.GetValueOrDefault(match.Groups["n"].Value.ToLowerInvariant());
            if (match.Groups["a"].Success)
            {
                (day, month) = (Number(match, "a"), Number(match, "b"));
                if (day <= 12 && month <= 12 && day != month) continue;
                if (month > 12) (day, month) = (month, day);
            }

            if (month is >= 1 and <= 12 && day <= DateTime.DaysInMonth(year, month)) yield return (year, month, day);
        }
    }

    private static IEnumerable<(int Year, int Quarter)> Quarters(string text)
    {
        if (!Year().IsMatch(text)) yield break;
        foreach (Match match in Quarter().Matches(text))
        {
            var quarter = match.Groups["q"].Success ? Number(match, "q") : 1 + Array.FindIndex(Ordinals, ordinal => ordinal.Equals(match.Groups["o"].Value, StringComparison.OrdinalIgnoreCase));
            yield return (Number(match, "y"), quarter);
        }
    }

    private static int Number(Match match, string group) => match.Groups[group] is { Success: true, ValueSpan: var digits } ? int.Parse(digits, CultureInfo.InvariantCulture) : 0;

    private static string Key(int year, int month, int day) =>
        day == 0 ? string.Create(CultureInfo.InvariantCulture, $"{year}-{month:00}") : string.Create(CultureInfo.InvariantCulture, $"{year}-{month:00}-{day:00}");

    private static Dictionary<string, int> MonthsByName()
    {
        var months = new Dictionary<string, int>(StringComparer.Ordinal) { ["sept"] = 9 };
        foreach (var language in Names)
        {
            for (var i = 0; i < language.Length; i++)
            {
                months[language[i]] = i + 1;
                months[SearchText.WithoutAccents(language[i])] = i + 1;
            }
        }

        for (var i = 0; i < 12; i++) months[Names[0][i][..3]] = i + 1;
        return months;
    }

    [GeneratedRegex(Years, RegexOptions.CultureInvariant)]
    private static partial Regex Year();

    // In this order: 2024-03-05 and 2024-03; 05.03.2024; 03/25/2024; 5th of March, 2024 and March 2024; March 5th, 2024.
    [GeneratedRegex(
        @"(?<![\p{L}\p{N}.,/-])(?:(?<y>" + Years + @")(?<s>[-/])(?<m>[0-9]{1,2})(?:\k<s>(?<d>[0-9]{1,2})(?:T[0-9:.Zz+-]+)?)?|(?<d>[0-9]{1,2})\.\s?(?<m>[0-9]{1,2})\.\s?(?<y>" + Years + @")|(?<a>[0-9]{1,2})[/-](?<b>[0-9]{1,2})[/-](?<y>" + Years
        + @")|(?:(?<d>[0-9]{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?)?(?<n>\p{L}{3,10})\.?,?\s+(?:of\s+|de\s+|del\s+)?(?<y>" + Years + @")|(?<n>\p{L}{3,10})\.?\s+(?<d>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?<y>" + Years + @"))(?![\p{L}\p{N}-]|[.,/][0-9])",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Written();

    [GeneratedRegex(
        @"(?<![\p{L}\p{N}])(?:Q(?<q>[1-4])\s?[-/ ]?\s?(?:of\s+)?(?:FY\s?)?(?<y>" + Years + @")|(?<y>" + Years + @")\s?[-/ ]?\s?Q(?<q>[1-4])|(?<o>first|second|third|fourth)\s+quarter,?\s+(?:of\s+|in\s+)?(?:the\s+)?(?:fiscal\s+)?(?:year\s+)?(?<y>" + Years
        + @")|(?<q>[1-4])(?:st|nd|rd|th)\s+quarter,?\s+(?:of\s+|in\s+)?(?<y>" + Years + @")|(?<q>[1-4])\.\s?Quartal\s+(?<y>" + Years + @"))(?![\p{L}\p{N}])",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Quarter();
}

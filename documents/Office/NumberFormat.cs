using System.Globalization;
using System.Text;

namespace Serverless.Documents.Office;

/// <summary>
/// What a section of a number format adds to a number: the words and signs before and after it, per cent, and thousands that are left out. The number itself
/// stays as it is kept, neither rounded nor grouped.
/// </summary>
/// <param name="Before">Words, units, currencies; signs and brackets, which say again that a number is negative, are left out.</param>
/// <param name="Scale">What the number is multiplied by.</param>
internal sealed record NumberFormat(string Before, string After, double Scale)
{
    private const string Placeholders = "0#?.,/eE+-";

    public static NumberFormat General { get; } = new("", "", 1);

    /// <summary>The section of a format code that shows a number: for positive, negative and zero.</summary>
    public static string Section(string code, double number)
    {
        var sections = Sections(code);
        if (number < 0 && sections.Count > 1) return sections[1];
        return number == 0 && sections.Count > 2 ? sections[2] : sections[0];
    }

    /// <param name="section">A format code without semicolons.</param>
    public static NumberFormat Parse(string section)
    {
        var (before, after) = (new StringBuilder(), new StringBuilder());
        var (seen, percent, commas) = (false, false, 0);
        for (var i = 0; i < section.Length; i++)
        {
            var c = section[i];
            var at = seen ? after : before;
            switch (c)
            {
                case '"':
                    var end = section.IndexOf('"', i + 1);
                    if (end < 0) end = section.Length;
                    at.Append(section, i + 1, end - i - 1);
                    i = end;
                    break;
                case '\\' when i + 1 < section.Length:
                    at.Append(section[++i]);
                    break;
                case '_' or '*' when i + 1 < section.Length:
                    // A gap as wide as a character, or one that fills the cell.
                    at.Append(' ');
                    i++;
                    break;
                case '[':
                    // [$€-407] is a currency; [Red] and [>100] are nothing that is read.
                    var close = section.IndexOf(']', i);
                    if (close < 0) close = section.Length;
                    if (i + 1 < section.Length && section[i + 1] == '$') at.Append(section[(i + 2)..close].Split('-')[0]);
                    i = close;
                    break;
                case '%':
                    percent = true;
                    break;
                case 'G' when section.AsSpan(i).StartsWith("General", StringComparison.Ordinal):
                    seen = true;
                    i += "General".Length - 1;
                    break;
                default:
                    if (c is '0' or '#' or '?') (seen, commas) = (true, 0);
                    else if (c == ',' && seen) commas++;
                    else if (!Placeholders.Contains(c, StringComparison.Ordinal)) at.Append(c);
                    break;
            }
        }

        // Commas behind the last digit each leave three figures out. Text alone stands for the number, whatever it is: then both are kept.
        return new NumberFormat(Words(before), Words(after) is var words && percent ? words.Length > 0 ? "% " + words : "%" : words, (percent ? 100 : 1) / Math.Pow(1000, seen ? commas : 0));
    }

    /// <summary>Fifteen digits are what Excel keeps; the file holds the binary's rounding too.</summary>
    public string Show(double number)
    {
        var text = Scale == 1 ? number.ToString("G15", CultureInfo.InvariantCulture) : (number * Scale).ToString("G12", CultureInfo.InvariantCulture);
        return $"{Before}{(Before.Length > 0 && (char.IsLetterOrDigit(Before[^1]) || Before[^1] is '.' or ':') ? " " : "")}{text}{(After.Length > 0 && After[0] is not ('%' or '°') ? " " : "")}{After}";
    }

    private static string Words(StringBuilder text)
    {
        var words = ExtractedTextBuilder.OneLine(text.ToString()).Trim('(', ')', '-', '+', ' ');
        return words.Any(c => char.IsLetter(c) || char.IsSymbol(c)) ? words : "";
    }

    private static List<string> Sections(string code)
    {
        var sections = new List<string>();
        var (start, quoted) = (0, false);
        for (var i = 0; i < code.Length; i++)
        {
            if (code[i] == '"') quoted = !quoted;
            else if (code[i] == '\\') i++;
            else if (code[i] == ';' && !quoted)
            {
                sections.Add(code[start..i]);
                start = i + 1;
            }
        }

        sections.Add(code[start..]);
        return sections;
    }
}

using System.Globalization;

namespace Serverless.Functions.Retrieval.Citing;

/// <summary>
/// Reads markers as models write them: <c>[1]</c>, several in one (<c>[1, 2]</c>, <c>[1-3]</c>, <c>[[1]]</c>), in the brackets and digits of other scripts (<c>【1】</c>, <c>［１］</c>), and as some were trained to
/// (<c>【1†L2-L4】</c>, <c>【4:0†source】</c>, which numbers something else). A link's text is none, nor is a list with a 0 in it, which counts from where no citation does.
/// </summary>
internal static class MarkerReader
{
    private const int MaxDigits = 3;

    // What goes on for longer is no list of citations.
    private const int MaxLength = 64;
    private const int MaxRange = 50;
    private const char Dagger = '†';

    // What follows the bracket where a link goes on: a bracket with words in it is a remark.
    private static readonly string[] Links = ["(http:", "(https:", "(ftp:", "(mailto:", "(/", "(#", "(./", "(../", "(<", ": http:", ": https:", ": <"];

    // Of a link to a file beside the page.
    private const int MaxLink = 128;

    private static readonly (int, IReadOnlyList<int>?) Wait = (0, null);
    private static readonly (int, IReadOnlyList<int>?) None = (1, null);

    public static bool Opens(char c) => Closing(c) is not null;

    /// <summary>A marker at a position, as far as can be seen.</summary>
    /// <param name="isLast">Whether no more text comes.</param>
    /// <returns>Its length and the numbers in it; a length of 1 without numbers: there is none; a length of 0: it takes more text to say.</returns>
    public static (int Length, IReadOnlyList<int>? Numbers) At(string text, int at, bool isLast) => At(text, at, isLast, mayDouble: true);

    private static (int Length, IReadOnlyList<int>? Numbers) At(string text, int at, bool isLast, bool mayDouble)
    {
        var open = isLast ? None : Wait;
        if (at >= text.Length) return open;
        if (Closing(text[at]) is not { } closing) return None;
        if (at + 1 >= text.Length) return open;
        if (mayDouble && closing == ']' && text[at + 1] == '[') return Doubled(text, at, isLast);
        var numbers = new List<int>();
        var isRange = false;
        for (var end = at + 1; end - at <= MaxLength;)
        {
            end = AfterBlanks(text, end);
            var digits = end;
            while (end < text.Length && char.IsDigit(text[end]) && end - digits < MaxDigits) end++;
            if (end == text.Length) return open;
            if (end == digits || !Add(numbers, text.AsSpan(digits, end - digits), isRange)) return None;
            end = AfterBlanks(text, end);
            if (end == text.Length) return open;
            var next = text[end++];
            if (next == closing) return Closed(text, at, end, numbers, isLast);
            if (closing == '】' && next is Dagger or ':') return Annotated(text, at, end, next == ':' ? [] : numbers, isLast);
            if (isRange && IsDash(next)) return None;
            isRange = IsDash(next);
            if (!isRange && next is not (',' or ';' or '、' or '，' or '；' or '،' or '؛')) return None;
        }

        return None;
    }

    private static (int Length, IReadOnlyList<int>? Numbers) Doubled(string text, int at, bool isLast)
    {
        var (length, numbers) = At(text, at + 1, isLast, mayDouble: false);
        if (length == 0 || numbers is null) return (length, null);
        var end = at + 1 + length;
        if (end == text.Length) return isLast ? None : Wait;
        return text[end] == ']' ? Closed(text, at, end + 1, numbers, isLast) : None;
    }

    /// <summary>What a model was trained to write after the number, up to the bracket.</summary>
    private static (int Length, IReadOnlyList<int>? Numbers) Annotated(string text, int at, int end, IReadOnlyList<int> numbers, bool isLast)
    {
        while (end < text.Length && end - at <= MaxLength && text[end] is not ('】' or '\n')) end++;
        if (end == text.Length && end - at <= MaxLength) return isLast ? None : Wait;
        return text[Math.Min(end, text.Length - 1)] == '】' && text.AsSpan(at, end - at).Contains(Dagger) ? (end + 1 - at, numbers) : None;
    }

    private static (int Length, IReadOnlyList<int>? Numbers) Closed(string text, int at, int end, IReadOnlyList<int> numbers, bool isLast)
    {
        if (numbers.Count > 1 && numbers.Contains(0)) return None;
        if (text[end - 1] != ']') return (end - at, numbers);
        var rest = text.AsSpan(end);
        foreach (var link in Links)
        {
            if (rest.StartsWith(link, StringComparison.OrdinalIgnoreCase)) return None;
            if (!isLast && link.AsSpan().StartsWith(rest, StringComparison.OrdinalIgnoreCase)) return Wait;
        }

        return LinksToFile(rest, isLast) switch { true => None, false => (end - at, numbers), null => Wait };
    }

    /// <summary>Whether a link to a file goes on: <c>(fig.md)</c>, <c>(docs/fig)</c>, and no remark, which has blanks or neither a slash nor a name's ending.</summary>
    private static bool? LinksToFile(ReadOnlySpan<char> rest, bool isLast)
    {
        if (rest is not ['(', ..]) return false;
        var (hasSlash, letters) = (false, -1);
        for (var i = 1; i < MaxLink; i++)
        {
            if (i == rest.Length) return isLast ? false : null;
            var c = rest[i];
            if (c == ')') return hasSlash || letters is >= 2 and <= 5;
            if (char.IsWhiteSpace(c) || c is '(' or '[') return false;
            hasSlash |= c == '/';
            letters = c == '.' ? 0 : letters >= 0 && char.IsAsciiLetter(c) ? letters + 1 : -1;
        }

        return false;
    }

    private static bool Add(List<int> numbers, ReadOnlySpan<char> digits, bool isRange)
    {
        var number = 0;
        foreach (var digit in digits) number = (number * 10) + CharUnicodeInfo.GetDecimalDigitValue(digit);
        if (isRange && (number <= numbers[^1] || number - numbers[^1] > MaxRange)) return false;
        if (isRange) numbers.AddRange(Enumerable.Range(numbers[^1] + 1, number - numbers[^1]));
        else numbers.Add(number);
        return true;
    }

    private static int AfterBlanks(string text, int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
        return at;
    }

    private static char? Closing(char opening) => opening switch { '[' => ']', '［' => '］', '【' => '】', _ => null };

    private static bool IsDash(char c) => c is '-' or '\u2010' or '\u2011' or '\u2013' or '\u2014' or '~' or '～';
}

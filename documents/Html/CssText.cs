using System.Buffers;
using System.Text;

namespace Serverless.Documents.Html;

/// <summary>Where a style sheet's parts begin and end: what stands in a string is none of its signs (https://www.w3.org/TR/css-syntax-3/#consume-string-token).</summary>
internal static class CssText
{
    private static readonly SearchValues<char> Signs = SearchValues.Create("{};\"'\\");
    private static readonly SearchValues<char> Braces = SearchValues.Create("{}\"'\\");

    /// <summary>The next brace or semicolon from <paramref name="at"/> on; <paramref name="end"/> where there is none.</summary>
    public static int NextSign(string css, int at, int end) => Next(css, at, end, Signs);

    /// <summary>The brace that closes a block whose content begins at <paramref name="at"/>; <paramref name="end"/> where none does.</summary>
    public static int EndOfBlock(string css, int at, int end)
    {
        for (var depth = 1; (at = Next(css, at, end, Braces)) < end; at++)
        {
            if (css[at] == '{') depth++;
            else if (--depth == 0) return at;
        }

        return end;
    }

    public static string WithoutComments(string css)
    {
        if (!css.Contains("/*", StringComparison.Ordinal)) return css;
        var text = new StringBuilder(css.Length);
        var at = 0;
        while (at < css.Length)
        {
            var open = css.IndexOf("/*", at, StringComparison.Ordinal);
            if (open < 0) return text.Append(css, at, css.Length - at).ToString();
            text.Append(css, at, open - at).Append(' ');
            var close = css.IndexOf("*/", open + 2, StringComparison.Ordinal);
            if (close < 0) break;
            at = close + 2;
        }

        return text.ToString();
    }

    private static int Next(string css, int at, int end, SearchValues<char> signs)
    {
        while (at < end)
        {
            var found = css.AsSpan(at, end - at).IndexOfAny(signs);
            if (found < 0) return end;
            at += found;
            if (css[at] == '\\') at += 2;
            else if (css[at] is not ('"' or '\'')) return at;
            else at = AfterString(css, at, end);
        }

        return end;
    }

    // A string that its line does not close is none: what follows counts again.
    private static int AfterString(string css, int open, int end)
    {
        for (var at = open + 1; at < end; at++)
        {
            if (css[at] == '\\') at++;
            else if (css[at] == css[open]) return at + 1;
            else if (css[at] == '\n') return at;
        }

        return open + 1;
    }
}

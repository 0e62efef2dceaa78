using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Markup;

/// <summary>Remarks that authors of markup make to one another, and no reader sees.</summary>
internal static partial class MarkupComments
{
    private const int MaxEndless = 100;

    private static readonly string[] Literal = ["nowiki", "pre", "syntaxhighlight", "source"];

    /// <summary>The line after a comment that begins at a line; 0 where none does.</summary>
    public static int End(string kind, MarkupLines lines, int i)
    {
        var line = lines.Span(i).TrimEnd();
        return kind switch
        {
            "adoc" when line.Length >= 4 && !line.ContainsAnyExcept('/') => (lines.Endless.Count < MaxEndless ? lines.EndOf(line.ToString(), i + 1) : null) is { } end ? end + 1 : 0,
            "adoc" when line.StartsWith("//") && !line.StartsWith("///") => i + 1,
            "org" when line.TrimStart().Equals("#+begin_comment", StringComparison.OrdinalIgnoreCase) => EndOfOrg(lines, i),
            "org" when line.TrimStart() is "#" || line.TrimStart().StartsWith("# ") => i + 1,
            "rst" when line is ".." || (line.StartsWith(".. ") && !Explicit().IsMatch(line)) => EndOfIndented(lines, i),
            _ => 0,
        };
    }

    /// <summary>A wiki's text without its comments; what stands in tags of text that is shown as it is holds none.</summary>
    public static string OutOfWiki(string text)
    {
        if (!text.Contains("<!--", StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        var endless = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf('<', at);
            if (open < 0) open = text.Length;
            plain.Append(text, at, open - at);
            if (open == text.Length) break;
            var close = string.CompareOrdinal(text, open, "<!--", 0, 4) == 0 ? "-->" : Array.Find(Literal, name => string.CompareOrdinal(text, open + 1, name, 0, name.Length) == 0) is { } literal ? $"</{literal}>" : null;
            var end = close is null || endless.Contains(close) ? -1 : text.IndexOf(close, open + 1, StringComparison.Ordinal);
            if (end < 0)
            {
                if (close is not null) endless.Add(close);
                plain.Append('<');
                at = open + 1;
                continue;
            }

            at = end + close!.Length;
            if (close != "-->") plain.Append(text, open, at - open);
        }

        return plain.ToString();
    }

    private static int EndOfOrg(MarkupLines lines, int i)
    {
        const string Close = "#+end_comment";
        if (lines.Endless.Contains(Close)) return 0;
        for (var end = i + 1; end < lines.Count; end++)
        {
            if (lines.Span(end).Trim().Equals(Close, StringComparison.OrdinalIgnoreCase)) return end + 1;
        }

        lines.Endless.Add(Close);
        return 0;
    }

    // With what stands deeper below it; two dots alone before a blank line are the whole of one.
    private static int EndOfIndented(MarkupLines lines, int i)
    {
        var end = i + 1;
        if (lines.Span(i).TrimEnd() is ".." && lines.IsBlank(end)) return end;
        for (var next = end; next < lines.Count; next++)
        {
            if (lines.IsBlank(next)) continue;
            if (lines.Indent(next) == 0) break;
            end = next + 1;
        }

        return end;
    }

    // Notes, targets, substitutions and directives of reStructuredText.
    [GeneratedRegex(@"^\.\. +(?:\[|_|\||__|[\w:.+-]+::)", RegexOptions.NonBacktracking)]
    private static partial Regex Explicit();
}

using System.Text.RegularExpressions;
using Serverless.Documents.Markup;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Follows tables and lists of HTML in a Markdown text. After a blank line in them CommonMark takes an indented tag for code (4.4), and the row that it begins for text outside the table; whoever indents rows means rows.
/// </summary>
internal sealed partial class HtmlBlockLines(MarkupLines lines)
{
    private string _name = string.Empty;
    private int _depth;
    private int _indent;

    /// <summary>How many blanks and tabs before a line's tag are only for the eye; asked of each, in order.</summary>
    /// <param name="isCode">Whether it is a line of fenced code.</param>
    public int Outdent(int line, bool isCode)
    {
        if (isCode) return 0;
        if (_depth == 0)
        {
            if (lines.Span(line).TrimStart() is not ['<', ..] || Begin().Match(lines[line]) is not { Success: true } begin) return 0;
            (_name, _indent, _depth) = (begin.Groups[1].Value, lines.Indent(line), Opened(line, begin.Groups[1].Value));
            return 0;
        }

        var indent = lines.Indent(line) - _indent;
        var isTag = lines.Span(line).TrimStart() is ['<', '/' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'), ..];
        var isIndented = indent > 3 || (indent > 0 && lines.Span(line)[_indent] == '\t');
        _depth = Math.Max(0, _depth + Opened(line, _name));
        return isTag && isIndented && lines.IsBlank(line - 1) ? indent : 0;
    }

    // Less those that are closed.
    private int Opened(int line, string name)
    {
        var rest = lines.Span(line);
        var count = 0;
        for (int at; (at = rest.IndexOf('<')) >= 0;)
        {
            rest = rest[(at + 1)..];
            var isEnd = rest is ['/', ..];
            var tag = isEnd ? rest[1..] : rest;
            if (tag.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (tag.Length == name.Length || !char.IsAsciiLetterOrDigit(tag[name.Length]))) count += isEnd ? -1 : 1;
        }

        return count;
    }

    [GeneratedRegex(@"^[ \t]*<(table|ul|ol|dl|html)(?:[\s>]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Begin();
}

using System.Text;
using System.Text.RegularExpressions;
using Serverless.Documents.Markup;

namespace Serverless.Documents.Markdown;

/// <summary>
/// MDX as Markdown (mdxjs.com, "What is MDX?"), outside code: modules and comments go; components that begin or end on lines of their own become plain blocks, with their titles as words and without the indentation of what stands in them,
/// which in MDX is no code.
/// </summary>
internal static partial class MdxSource
{
    private const int MaxTagLines = 50;
    private const int MaxTagCharacters = 8192;

    // Characters that all looks at what may be tags may cost.
    private const long Budget = 50_000_000;

    public static string Plain(string body)
    {
        var lines = new MarkupLines(body);
        var budget = Budget;
        var text = new StringBuilder(body.Length);
        var (fence, depth, isApart) = (new CodeFence(), 0, true);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = Outdented(lines[i], 2 * depth);
            var isCode = fence.Read(line) || fence.IsOpen;
            if (!isCode && isApart && Module().IsMatch(line))
            {
                // Up to a blank line.
                while (i + 1 < lines.Count && !lines.IsBlank(i + 1)) i++;
                continue;
            }
            else if (!isCode && line.AsSpan().TrimStart().StartsWith("{/*"))
            {
                if (EndOfRemark(lines, i) is { } end)
                {
                    i = end;
                    continue;
                }
            }
            else if (!isCode && line.TrimStart() is ['<', '/' or (>= 'A' and <= 'Z'), ..] && Tags(lines, i, ref budget) is { } tags)
            {
                text.Append('\n');
                foreach (var title in tags.Titles) text.Append(title).Append("\n\n");
                depth = Math.Max(0, depth + tags.Opened);
                i = tags.End - 1;
                isApart = true;
                continue;
            }

            if (!fence.IsOpen) line = Remark().Replace(line, string.Empty);
            text.Append(line).Append(i + 1 < lines.Count ? "\n" : string.Empty);
            isApart = string.IsNullOrWhiteSpace(line);
        }

        return text.ToString();
    }

    private static int? EndOfRemark(MarkupLines lines, int at)
    {
        for (var end = at; end < lines.Count && !lines.Endless.Contains("*/}"); end++)
        {
            if (lines.Span(end).IndexOf("*/}") >= 0) return end;
        }

        lines.Endless.Add("*/}");
        return null;
    }

    private static string Outdented(string line, int most)
    {
        var indent = 0;
        while (indent < most && indent < line.Length && line[indent] is ' ' or '\t') indent++;
        return line[indent..];
    }

    // Nothing but tags, over however many lines; null where words stand beside them.
    private static (int End, int Opened, List<string> Titles)? Tags(MarkupLines lines, int at, ref long budget)
    {
        var last = Math.Min(lines.Count, at + MaxTagLines);
        var text = lines.Span(at, last);
        text = text[..Math.Min(text.Length, MaxTagCharacters)];
        var (opened, titles, next) = (0, new List<string>(), 0);
        while (next < text.Length && text[next..].TrimStart() is ['<', '/' or (>= 'A' and <= 'Z'), ..])
        {
            next = text.Length - text[next..].TrimStart().Length;
            var length = LengthOfTag(text[next..]);
            budget -= length > 0 ? length : text.Length;
            if (length == 0 || budget < 0) return null;
            var tag = text.Slice(next, length).ToString();
            opened += tag[1] == '/' ? -1 : tag[^2] == '/' ? 0 : 1;
            if (Title().Match(tag) is { Success: true } title) titles.Add(title.Groups["title"].Value);
            next += length;
            // The next line is another's.
            if (text[next..] is ['\n', ..] or []) break;
        }

        return next > 0 && text[next..] is ['\n', ..] or [] ? (at + 1 + text[..next].Count('\n'), opened, titles) : null;
    }

    // Up to its '>', which braces and quotes may hide; 0 where it does not end.
    private static int LengthOfTag(ReadOnlySpan<char> text)
    {
        var (braces, quote) = (0, '\0');
        for (var i = 1; i < text.Length; i++)
        {
            var c = text[i];
            if (quote != '\0') quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'' or '`') quote = c;
            else if (c == '{') braces++;
            else if (c == '}') braces--;
            else if (c == '>' && braces == 0) return i + 1;
        }

        return 0;
    }

    [GeneratedRegex(@"^(?:import\s*(?:[{*""']|[\w$].*\bfrom\s*[""'])|export (?:const|let|var|function|default|async|class|\{|\*))", RegexOptions.NonBacktracking)]
    private static partial Regex Module();

    [GeneratedRegex(@"\{/\*.*?\*/\}", RegexOptions.NonBacktracking)]
    private static partial Regex Remark();

    [GeneratedRegex(@"\s(?:title|label|summary|header|heading)=\{?(?:""(?<title>[^""]+)""|'(?<title>[^']+)')", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Title();
}

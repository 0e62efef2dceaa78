using System.Text;
using System.Text.RegularExpressions;
using Serverless.Documents.Latex;
using Serverless.Documents.Markup;

namespace Serverless.Documents.Markdown;

/// <summary>
/// What generators of sites and notes add to Markdown between its blocks, put in its own words, outside code: grid tables become pipe tables, lines that only place a table of contents, end a page, or open and close what a template
/// makes of them (Liquid, Hugo, GitBook) go, but for the titles in them, and so do Obsidian's comments of several lines.
/// </summary>
internal static partial class MarkdownSource
{
    public static string Plain(string body)
    {
        if (!Signs().IsMatch(body)) return body;
        var lines = new MarkupLines(body);
        var text = new StringBuilder(body.Length);
        var fence = new CodeFence();
        var tables = new PipeTableLines(lines);
        var blocks = new HtmlBlockLines(lines);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines.Span(i);
            var isCode = fence.Read(lines[i]) || fence.IsOpen;
            if (!isCode && line.TrimStart() is ['+', '-' or '=' or ':', ..] && GridTable.Read(lines, i) is { } table)
            {
                AddTable(table, lines.Indent(i), text);
                i = table.End - 1;
                continue;
            }
            else if (!isCode && line.TrimEnd().SequenceEqual("%%") && lines.EndOf("%%", i + 1) is { } end)
            {
                i = end;
                continue;
            }
            else if (!isCode && Placed().IsMatch(lines[i]))
            {
                if (Title().Match(lines[i]) is { Success: true } title) text.Append('\n').Append(title.Groups["title"].Value).Append("\n\n");
                else text.Append('\n');
                continue;
            }

            else if (!isCode && EndOfFormula(lines, i) is { } last)
            {
                for (; i < last; i++) text.Append(i == 0 || text.Length == 0 || text[^1] == '\n' ? lines.Span(i).TrimEnd() : lines.Span(i).Trim()).Append(' ');
                text.Append(lines.Span(i).Trim()).Append(lines.LineEnd(i));
                continue;
            }

            if (tables.NeedsGap(i, isCode)) text.Append('\n');
            line = line[blocks.Outdent(i, isCode)..];
            if (!isCode && tables.IsCaption(i)) line = line[2..];
            else if (!isCode && Adorned().IsMatch(line)) line = Plain(line);
            text.Append(line).Append(lines.LineEnd(i));
        }

        return text.ToString();
    }

    // With a space after a heading's signs where a keyboard or an input method gives another one, and pictures without their sizes, as Azure DevOps and HackMD have them.
    private static ReadOnlySpan<char> Plain(ReadOnlySpan<char> line) => PictureSize().Replace(HeadingSpace().Replace(line.ToString(), "$1 "), "$1)");

    // The line that ends a formula of several lines: they are one, or what a line of it begins with would be a list's sign.
    private static int? EndOfFormula(MarkupLines lines, int first)
    {
        const int MaxLines = 100;
        var line = lines.Span(first).Trim();
        var close = line is "$$" ? "$$" : line is "\\[" ? "\\]" : line.StartsWith("\\begin{") && line.IndexOf('}') is > 0 and var brace && LatexNames.Formulas.Contains(line["\\begin{".Length..brace].ToString()) ? $"\\end{line["\\begin".Length..(brace + 1)]}" : null;
        if (close is null) return null;
        for (var i = first + 1; i < Math.Min(lines.Count, first + MaxLines) && !lines.IsBlank(i); i++)
        {
            if (lines.Span(i).TrimEnd().EndsWith(close)) return i;
        }

        return null;
    }

    private static void AddTable(MarkupTable table, int indent, StringBuilder text)
    {
        var rows = new StringBuilder();
        MarkdownTable.Write(rows, table.Rows, table.Rows.Max(row => row.Count), Math.Max(2, table.Rows.Count), () => { });
        text.Append('\n');
        foreach (var row in rows.ToString().Split('\n')) text.Append(' ', indent).Append(row).Append('\n');
        text.Append('\n');
    }

    [GeneratedRegex(@"^[ \t]*(?:<(?:table|ul|ol|dl|html)|[\u200B\u2060]*#{1,6}[\u00A0\u3000\u2000-\u200A\u202F]|[\u200B\u2060]+#|[^\n]*[ \t]=[0-9%x]|\+[-=:]|%%|\{[{%:]|\[TOC|\[toc|\[\[_?TOC|\[\[_?toc|\\[npt\[b]|\$\$|\|?[ \t]*:?-+:?[ \t]*\|)", RegexOptions.NonBacktracking | RegexOptions.Multiline)]
    private static partial Regex Signs();

    [GeneratedRegex(@"^ {0,3}(?:[\u200B\u2060]*#{1,6}[\u00A0\u3000\u2000-\u200A\u202F]|[\u200B\u2060]+#)|[ \t]=[0-9%x]+\)", RegexOptions.NonBacktracking)]
    private static partial Regex Adorned();

    [GeneratedRegex(@"^[\u200B\u2060]*( {0,3}[\u200B\u2060]*#{1,6})[\u00A0\u3000\u2000-\u200A\u202F ]+")]
    private static partial Regex HeadingSpace();

    [GeneratedRegex(@"(!\[[^\[\]]*\]\([^()\s]+)[ \t]+=[0-9]*%?x?[0-9]*%?\)")]
    private static partial Regex PictureSize();

    [GeneratedRegex(@"^[ \t]*(?:\{%.*%\}|\{:[^{}]*\}|\{\{[<%].*[>%]\}\}|\[\[?_?(?:TOC|toc)_?\]?\]|\\(?:newpage|pagebreak|tableofcontents))[ \t]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Placed();

    [GeneratedRegex(@"\s(?:title|header|label|name|summary)\s*=\s*(?:""(?<title>[^""]+)""|'(?<title>[^']+)')", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Title();
}

using System.Text;
using System.Text.RegularExpressions;
using Serverless.Functions.Ingestion.Readers.Markup;

namespace Serverless.Functions.Ingestion.Readers;

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

            text.Append(line).Append(lines.LineEnd(i));
        }

        return text.ToString();
    }

    private static void AddTable(MarkupTable table, int indent, StringBuilder text)
    {
        var rows = new StringBuilder();
        MarkdownTable.Write(rows, table.Rows, table.Rows.Max(row => row.Count), Math.Max(2, table.Rows.Count), () => { });
        text.Append('\n');
        foreach (var row in rows.ToString().Split('\n')) text.Append(' ', indent).Append(row).Append('\n');
        text.Append('\n');
    }

    [GeneratedRegex(@"^[ \t]*(?:\+[-=:]|%%|\{[{%:]|\[TOC|\[toc|\[\[_?TOC|\[\[_?toc|\\[npt])", RegexOptions.NonBacktracking | RegexOptions.Multiline)]
    private static partial Regex Signs();

    [GeneratedRegex(@"^[ \t]*(?:\{%.*%\}|\{:[^{}]*\}|\{\{[<%].*[>%]\}\}|\[\[?_?(?:TOC|toc)_?\]?\]|\\(?:newpage|pagebreak|tableofcontents))[ \t]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Placed();

    [GeneratedRegex(@"\s(?:title|header|label|name|summary)\s*=\s*(?:""(?<title>[^""]+)""|'(?<title>[^']+)')", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Title();
}

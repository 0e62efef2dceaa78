using System.Text.RegularExpressions;
using Serverless.Documents.Tables;

namespace Serverless.Documents.Markup;

/// <summary>Tables of a line a row, its cells between bars, as Org, Textile, Creole, DokuWiki, Jira and Trac have them; DokuWiki's heads stand between carets, Jira's and Trac's between two bars.</summary>
internal static partial class BarTable
{
    /// <summary>The table that begins at a line; null where none does.</summary>
    public static MarkupTable? Read(string kind, MarkupLines lines, int at)
    {
        var end = at;
        var rows = new SpannedRows();
        for (; end < lines.Count && IsRow(kind, lines.Span(end).Trim()); end++)
        {
            var line = lines[end].Trim();
            if (kind == "org" && (line.StartsWith("|-", StringComparison.Ordinal) || Alignment().IsMatch(line))) continue;
            foreach (var cell in Cells(kind, line)) Add(kind, cell, rows);
            rows.EndRow();
        }

        // What Org computes its cells by.
        while (kind == "org" && rows.Rows.Count > 0 && lines.Span(end).TrimStart().StartsWith("#+TBLFM:", StringComparison.OrdinalIgnoreCase)) end++;
        return rows.Rows.Count == 0 ? null : new MarkupTable(rows.Rows, end);
    }

    private static bool IsRow(string kind, ReadOnlySpan<char> line) => kind switch
    {
        // A bar at the line's end may be left out.
        "org" => line is ['|', _, ..],
        "textile" => line is ['|', _, .., '|'],
        _ => line is ['|' or '^', _, .., '|' or '^'],
    };

    private static IEnumerable<string> Cells(string kind, string line)
    {
        var bars = kind == "wiki" && line.StartsWith("||", StringComparison.Ordinal) ? "||" : "|";
        var marks = kind == "wiki" && (line[0] == '^' || line[^1] == '^') ? "|^" : "|";
        var (start, depth) = (bars.Length, 0);
        for (var i = start; i < line.Length; i++)
        {
            // Links have bars of their own.
            if (kind != "org" && line[i] is '[' or '{') depth++;
            else if (kind != "org" && line[i] is ']' or '}') depth = Math.Max(0, depth - 1);
            if (depth > 0 || !marks.Contains(line[i], StringComparison.Ordinal) || line[i - 1] == '\\') continue;
            if (bars.Length > 1 && (i + 1 >= line.Length || line[i + 1] != '|')) continue;
            yield return line[start..i];
            start = i + bars.Length;
            i = start - 1;
        }

        if (start < line.Length) yield return line[start..];
    }

    private static void Add(string kind, string cell, SpannedRows rows)
    {
        if (kind == "textile" && Textile().Match(cell) is { Success: true } marked)
        {
            rows.Add(cell[marked.Length..].Trim(), Span(marked.Groups[1].Value), Span(marked.Groups[2].Value));
            return;
        }

        if (kind == "wiki" && cell is ['=', ..]) cell = cell[1..];
        // Org writes a bar so.
        rows.Add(kind == "org" ? cell.Replace("\\vert{}", "|", StringComparison.Ordinal).Trim() : cell.Trim(), 1, 1);
    }

    private static int Span(string number) => int.TryParse(number, out var span) ? Math.Clamp(span, 1, 512) : 1;

    // "_. ", "\2. ", "/3. ", with styles before the full stop.
    [GeneratedRegex(@"^(?:_|\\([0-9]{1,3})|/([0-9]{1,3})|[<>=^~]|\([^()]*\)|\{[^{}]*\})+\. ", RegexOptions.NonBacktracking)]
    private static partial Regex Textile();

    [GeneratedRegex(@"^\|(?:\s*<[lrc]?[0-9]*>\s*\||\s*\|)+$", RegexOptions.NonBacktracking)]
    private static partial Regex Alignment();
}

using System.Text.RegularExpressions;
using Serverless.Documents.Tables;

namespace Serverless.Documents.Markup;

/// <summary>AsciiDoc's tables between <c>|===</c> (Asciidoctor, "Tables"): cells begin at a bar, whatever the lines; those of values stand between <c>,===</c> or <c>:===</c>.</summary>
internal static partial class AsciiDocTable
{
    private const int MaxSpan = 512;

    /// <summary>The table that begins at a line, with what is said of it above; null where none does.</summary>
    public static MarkupTable? Read(MarkupLines lines, int at)
    {
        var (attributes, title, fence) = (string.Empty, (string?)null, at);
        for (; fence < at + 3 && !Fence().IsMatch(lines[fence]); fence++)
        {
            if (lines.Span(fence).TrimEnd() is ['[', .., ']']) attributes = lines[fence];
            else if (lines.Span(fence) is ['.', not '.' and not ' ', ..]) title = lines[fence][1..].Trim();
            else return null;
        }

        var close = lines[fence].TrimEnd();
        if (fence == at + 3 || close.Length == 0 || lines.EndOf(close, fence + 1) is not { } end || end == fence + 1) return null;
        var rows = close[0] == '|' && Format().Match(attributes) is not { Success: true } ? Cells(lines, fence + 1, end, attributes) : MarkupTable.Values(lines.Span(fence + 1, end).ToString(), close[0] == ':' ? ':' : ',');
        return rows.Count == 0 ? null : new MarkupTable(rows, end + 1, title);
    }

    private static List<IReadOnlyList<string>> Cells(MarkupLines lines, int at, int end, string attributes)
    {
        var columns = Columns().Match(attributes) is { Success: true } told ? Count(told.Groups[1].Value) : 0;
        var cells = new List<(Match Start, string Text)>();
        for (var i = at; i < end; i++)
        {
            var (line, last) = (lines[i], 0);
            foreach (Match start in CellStart().Matches(line))
            {
                Continue(line[last..start.Index]);
                cells.Add((start, string.Empty));
                last = start.Index + start.Length;
            }

            Continue(line[last..]);
            // Without a word on them there are as many as the first line has cells.
            if (columns == 0 && cells.Count > 0) columns = cells.Sum(cell => Whole(cell.Start, "columns") * Whole(cell.Start, "times"));
        }

        var rows = new SpannedRows();
        foreach (var (start, text) in cells)
        {
            for (var i = 0; i < Whole(start, "times"); i++)
            {
                rows.Add(text.Replace("\\|", "|", StringComparison.Ordinal).Trim(), Whole(start, "columns"), Whole(start, "rows"));
                if (rows.Columns >= columns) rows.EndRow();
            }
        }

        if (rows.IsBegun) rows.EndRow();
        return rows.Rows;

        void Continue(string text)
        {
            if (cells.Count > 0 && !string.IsNullOrWhiteSpace(text)) cells[^1] = cells[^1] with { Text = $"{cells[^1].Text} {text.Trim()}" };
        }
    }

    // "3", "1,2,3", "3*", "2*,1".
    private static int Count(string columns) => int.TryParse(columns.Trim(), out var count) ? Math.Clamp(count, 1, MaxSpan) : columns.Split(',', ';').Sum(column => column.IndexOf('*', StringComparison.Ordinal) is > 0 and var at && int.TryParse(column[..at].Trim(), out var times) ? Math.Clamp(times, 1, MaxSpan) : 1);

    private static int Whole(Match start, string name) => int.TryParse(start.Groups[name].ValueSpan, out var number) ? Math.Clamp(number, 1, MaxSpan) : 1;

    [GeneratedRegex(@"^[|,:]={3,}\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?:^\[|[,\s""%])cols\s*=\s*""?([^""\]]+)")]
    private static partial Regex Columns();

    [GeneratedRegex(@"format\s*=\s*""?(?:csv|dsv)", RegexOptions.NonBacktracking)]
    private static partial Regex Format();

    // "2+|", ".3+|", "2.3+|", "3*|", "^.>s|": spans, copies, alignment and style of a cell, at the line's beginning or behind a blank.
    [GeneratedRegex(@"(?<=^|\s)(?:(?:(?<columns>[0-9]{1,4})?(?:\.(?<rows>[0-9]{1,4}))?\+)|(?<times>[0-9]{1,4})\*)?[<^>]?(?:\.[<^>])?[adehlmsv]?\||(?<!\\)\|", RegexOptions.ExplicitCapture)]
    private static partial Regex CellStart();
}

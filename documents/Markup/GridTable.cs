using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Markup;

/// <summary>Tables drawn of dashes and bars (docutils, "Grid Tables"; Pandoc's and Emacs' are the same). Cells that span rows speak for each, those that span columns leave blanks.</summary>
internal static partial class GridTable
{
    private const int MaxColumns = 512;

    /// <summary>The table that begins at a line; null where none does.</summary>
    public static MarkupTable? Read(MarkupLines lines, int at)
    {
        if (!Border().IsMatch(lines[at])) return null;
        var (indent, end) = (lines.Indent(at), at + 1);
        while (lines.Indent(end) >= indent && lines.Span(end).TrimStart() is ['+' or '|', ..]) end++;
        while (end > at + 2 && !Border().IsMatch(lines[end - 1])) end--;
        var edges = Edges(lines, at, end, indent);
        return end < at + 3 || edges.Count > MaxColumns ? null : new MarkupTable(Rows(lines, at + 1, end, indent, edges), end);
    }

    // Where a plus stands in a border, whole or of some columns.
    private static List<int> Edges(MarkupLines lines, int at, int end, int indent)
    {
        var edges = new SortedSet<int>();
        for (var i = at; i < end && edges.Count <= MaxColumns; i++)
        {
            foreach (var piece in Piece().EnumerateMatches(lines.Span(i)))
            {
                edges.Add(piece.Index - indent);
                edges.Add(piece.Index + piece.Length - indent);
            }
        }

        return [.. edges];
    }

    private static List<IReadOnlyList<string>> Rows(MarkupLines lines, int at, int end, int indent, List<int> edges)
    {
        var rows = new List<StringBuilder[]>();
        var open = Enumerable.Range(1, edges.Count - 1).Select(_ => new StringBuilder()).ToArray();
        for (var i = at; i < end; i++)
        {
            var line = lines[i][indent..].TrimEnd();
            var closed = Enumerable.Range(0, open.Length).Where(column => IsClosed(line, edges[column], edges[column + 1])).ToList();
            if (closed.Count > 0) rows.Add([.. open]);
            if (closed.Count < open.Length) Append(line, edges, open, closed);
            foreach (var column in closed) open[column] = new StringBuilder();
        }

        return [.. rows.Select(row => row.Select(cell => cell.ToString()).ToArray()).Where(row => row.Any(cell => cell.Length > 0))];
    }

    private static bool IsClosed(string line, int from, int to) => line.Length > to && line[from] is '+' or '|' && !line.AsSpan(from + 1, to - from - 1).ContainsAnyExcept("-=:+") && line[from + 1] is '-' or '=' or ':';

    private static void Append(string line, List<int> edges, StringBuilder[] open, List<int> closed)
    {
        // Letters of double width shift what stands after them: then the bars themselves tell.
        var bars = closed.Count == 0 && line.AsSpan().Count('|') == edges.Count ? line.Split('|')[1..^1] : null;
        for (var (column, next) = (0, 1); column < open.Length; column = next, next++)
        {
            while (bars is null && next < open.Length && edges[next] < line.Length && line[edges[next]] is not ('|' or '+')) next++;
            if (closed.Contains(column)) continue;
            var from = Math.Min(line.Length, edges[column] + 1);
            var text = bars?[column] ?? line[from..Math.Max(from, Math.Min(line.Length, edges[next]))];
            if (string.IsNullOrWhiteSpace(text)) continue;
            if (open[column].Length > 0) open[column].Append(' ');
            open[column].Append(text.Trim());
        }
    }

    [GeneratedRegex(@"^\s*\+(?:[-=:]+\+)+\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Border();

    [GeneratedRegex(@"\+[-=:]+(?=\+)")]
    private static partial Regex Piece();
}

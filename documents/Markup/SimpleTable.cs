using System.Text.RegularExpressions;

namespace Serverless.Documents.Markup;

/// <summary>Tables between lines of equals signs (docutils, "Simple Tables"): a row begins where the first column has text.</summary>
internal static partial class SimpleTable
{
    private const int MaxColumns = 512;

    /// <summary>The table that begins at a line; null where none does.</summary>
    public static MarkupTable? Read(MarkupLines lines, int at)
    {
        if (!Border().IsMatch(lines[at]) || lines.Endless.Contains("===")) return null;
        var starts = Column().Matches(lines[at]).Select(match => match.Index).ToList();
        var end = at + 1;
        // Its last border is the one that nothing stands below.
        while (end < lines.Count && !(end > at + 1 && Border().IsMatch(lines[end]) && lines.IsBlank(end + 1))) end++;
        if (end == lines.Count) lines.Endless.Add("===");
        if (end == lines.Count || starts.Count > MaxColumns) return null;
        var rows = new List<string[]>();
        for (var i = at + 1; i < end; i++)
        {
            if (lines.IsBlank(i) || Rule().IsMatch(lines[i])) continue;
            var cells = Cells(lines[i], starts);
            if (cells[0].Length > 0 || rows.Count == 0) rows.Add(cells);
            else for (var column = 0; column < cells.Length; column++) rows[^1][column] = $"{rows[^1][column]} {cells[column]}".Trim();
        }

        // A backslash stands for a first cell that is empty.
        foreach (var row in rows) row[0] = row[0] == "\\" ? string.Empty : row[0];
        return rows.Count == 0 ? null : new MarkupTable(rows, end + 1);
    }

    private static string[] Cells(string line, List<int> starts)
    {
        var cells = new string[starts.Count];
        Array.Fill(cells, string.Empty);
        for (var (column, next) = (0, 1); column < starts.Count; column = next, next++)
        {
            // What goes on over the gap between two columns spans both.
            while (next < starts.Count && starts[next] <= line.Length && line[starts[next] - 1] != ' ') next++;
            var from = Math.Min(line.Length, starts[column]);
            cells[column] = line[from..(next < starts.Count ? Math.Min(line.Length, starts[next]) : line.Length)].Trim();
        }

        return cells;
    }

    [GeneratedRegex(@"^\s*=+(?: +=+)+\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Border();

    [GeneratedRegex(@"^\s*(?:=+(?: +=+)*|-+(?: +-+)*)\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Rule();

    [GeneratedRegex("=+", RegexOptions.NonBacktracking)]
    private static partial Regex Column();
}

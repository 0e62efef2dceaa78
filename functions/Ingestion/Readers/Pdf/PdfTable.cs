namespace Serverless.Functions.Ingestion.Readers.Pdf;

/// <summary>Finds tables without looking at rules and boxes: lines of short pieces that stand in the same columns.</summary>
internal static class PdfTable
{
    private const int MinRows = 3;
    private const double MaxCellLength = 30;
    private const double MaxRowDistance = 4;

    /// <summary>The rows of the table that begins at a line; null when none does.</summary>
    public static List<IReadOnlyList<string>>? Find(List<PdfLine> lines, int first)
    {
        var end = first;
        while (end < lines.Count && lines[end].Segments.Count > 1
            && (end == first || lines[end - 1].Baseline - lines[end].Baseline < MaxRowDistance * lines[end].Size)) end++;
        for (; end - first >= MinRows; end--)
        {
            var run = lines.GetRange(first, end - first);
            if (run.SelectMany(line => line.Segments).Average(segment => segment.Sum(word => word.Text.Length + 1)) > MaxCellLength) return null;
            if (Columns(run) is { } columns)
            {
                var isFromRight = VisualText.IsMostlyFromRight(run.SelectMany(line => line.Words));
                return run.ConvertAll<IReadOnlyList<string>>(line => isFromRight ? [.. Enumerable.Reverse(Cells(line, columns))] : Cells(line, columns));
            }

            // Long runs that are no table are not tried row by row: that would take the square of their length.
            if (end - first > 40) return null;
        }

        return null;
    }

    // Pieces that stand above one another are of one column. Null: a piece reaches over two, or most rows have but one.
    private static List<(double Left, double Right)>? Columns(List<PdfLine> run)
    {
        var columns = new List<(double Left, double Right)>();
        foreach (var segment in run.SelectMany(line => line.Segments).OrderBy(segment => segment[0].Left))
        {
            var (left, right) = (segment[0].Left, segment[^1].Right);
            if (columns.Count > 0 && left <= columns[^1].Right) columns[^1] = (columns[^1].Left, Math.Max(columns[^1].Right, right));
            else columns.Add((left, right));
        }

        columns = WithHeads(columns, run);
        if (columns.Count < 2) return null;
        var fits = run.All(line => line.Segments.Select(segment => At(columns, segment)).Distinct().Count() == line.Segments.Count);
        return fits && run.Average(line => line.Segments.Count) >= Math.Max(2, columns.Count * 0.6) ? columns : null;
    }

    // A short head in the middle of its column, or at the other side than its figures, stands above none of them. As many columns have no head as heads have no column, and each beside its own.
    private static List<(double Left, double Right)> WithHeads(List<(double Left, double Right)> columns, List<PdfLine> run)
    {
        var heads = Taken(columns, run[..1]);
        var cells = Taken(columns, run[1..]);
        var (alone, bare) = (Only(heads, cells), Only(cells, heads));
        if (alone.Count == 0 || alone.Count != bare.Count || alone.Zip(bare).Any(pair => Math.Abs(pair.First - pair.Second) != 1)) return columns;
        foreach (var (head, cell) in alone.Zip(bare).Reverse())
        {
            var left = Math.Min(head, cell);
            columns[left] = (columns[left].Left, columns[left + 1].Right);
            columns.RemoveAt(left + 1);
        }

        return columns;
    }

    private static bool[] Taken(List<(double Left, double Right)> columns, List<PdfLine> lines)
    {
        var taken = new bool[columns.Count];
        foreach (var segment in lines.SelectMany(line => line.Segments)) taken[At(columns, segment)] = true;
        return taken;
    }

    private static List<int> Only(bool[] these, bool[] others) => [.. Enumerable.Range(0, these.Length).Where(column => these[column] && !others[column])];

    private static List<string> Cells(PdfLine line, List<(double Left, double Right)> columns)
    {
        var cells = Enumerable.Repeat(string.Empty, columns.Count).ToList();
        foreach (var segment in line.Segments) cells[At(columns, segment)] = PdfLine.Join(segment);
        return cells;
    }

    private static int At(List<(double Left, double Right)> columns, List<PdfWord> segment) => columns.FindIndex(column => segment[0].Left <= column.Right);
}

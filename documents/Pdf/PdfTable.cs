namespace Serverless.Documents.Pdf;

/// <summary>A table, found without looking at rules and boxes: lines of short pieces that stand in the same columns.</summary>
/// <param name="Rows">The head first, each of as many cells as there are columns, in the order in which they are read.</param>
/// <param name="Columns">Where the columns begin and end, from left to right, in points.</param>
/// <param name="Lines">How many lines of the page it takes.</param>
internal sealed record PdfTable(IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<(double Left, double Right)> Columns, bool IsFromRight, int Lines)
{
    private const int MinRows = 3;
    private const double MaxCellLength = 30;
    private const double MaxRowDistance = 4;

    /// <summary>The table that begins at a line; null when none does.</summary>
    public static PdfTable? Find(List<PdfLine> lines, int first)
    {
        var end = first;
        while (end < lines.Count && lines[end].Segments.Count > 1
            && (end == first || lines[end - 1].Baseline - lines[end].Baseline < MaxRowDistance * lines[end].Size)) end++;
        for (; end - first >= MinRows; end--)
        {
            var run = lines.GetRange(first, end - first);
            if (run.SelectMany(line => line.Segments).Average(segment => segment.Sum(word => word.Text.Length + 1)) > MaxCellLength) return null;
            if (ColumnsOf(run) is { } columns)
            {
                var isFromRight = VisualText.IsMostlyFromRight(run.SelectMany(line => line.Words));
                return new PdfTable(run.ConvertAll(line => Cells(line, columns, isFromRight)), columns, isFromRight, run.Count);
            }

            // Long runs that are no table are not tried row by row: that would take the square of their length.
            if (end - first > 40) return null;
        }

        return null;
    }

    /// <summary>
    /// What goes on at the top of a page with this table, which ended the page before: under its head, as each page is read by itself. Null where nothing does, or it cannot be told: that the first row
    /// is one of this table's, and no head of another's, is seen by a column that has numbers and no number for its head.
    /// </summary>
    /// <param name="lines">Of the page.</param>
    /// <param name="found">The table that its first lines are by themselves; null where they are none.</param>
    public PdfTable? GoesOn(List<PdfLine> lines, PdfTable? found)
    {
        var count = 0;
        while (count < (found?.Lines ?? lines.Count) && lines[count].Segments.Count > 1 && StandsIn(lines[count])) count++;
        // A row that does not fit says that it is another table.
        if (count == 0 || count < found?.Lines) return null;
        var rows = lines.GetRange(0, count).ConvertAll(line => Cells(line, Columns, IsFromRight));
        return Enumerable.Range(0, Columns.Count).Any(column => HasNumbers(column) && IsNumber(rows[0][column])) ? this with { Rows = [Rows[0], .. rows], Lines = count } : null;
    }

    private bool StandsIn(PdfLine line)
    {
        var taken = new HashSet<int>();
        foreach (var segment in line.Segments)
        {
            var above = Enumerable.Range(0, Columns.Count).Where(column => segment[0].Left <= Columns[column].Right && segment[^1].Right >= Columns[column].Left).ToList();
            if (above.Count != 1 || !taken.Add(above[0])) return false;
        }

        return true;
    }

    private bool HasNumbers(int column) => Rows[0][column].Length > 0 && !IsNumber(Rows[0][column]) && Rows.Skip(1).Select(row => row[column]).Where(cell => cell.Length > 0).All(IsNumber);

    private static bool IsNumber(string cell) => cell.Any(char.IsDigit);

    // Pieces that stand above one another are of one column. Null: a piece reaches over two, or most rows have but one.
    private static List<(double Left, double Right)>? ColumnsOf(List<PdfLine> run)
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

    private static IReadOnlyList<string> Cells(PdfLine line, IReadOnlyList<(double Left, double Right)> columns, bool isFromRight)
    {
        var cells = new string[columns.Count];
        Array.Fill(cells, string.Empty);
        foreach (var segment in line.Segments) cells[At(columns, segment)] = PdfLine.Join(segment);
        if (isFromRight) Array.Reverse(cells);
        return cells;
    }

    private static int At(IReadOnlyList<(double Left, double Right)> columns, List<PdfWord> segment)
    {
        var at = 0;
        while (segment[0].Left > columns[at].Right) at++;
        return at;
    }
}

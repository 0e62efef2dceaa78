namespace Serverless.Documents.Office97;

/// <summary>A table of a slide: shapes in a grid, of which each knows where it stands. One over several rows speaks for each.</summary>
internal sealed class BinarySlideTable
{
    private const int MostCells = 10_000;
    private const int MostColumns = 512;

    private readonly List<(int Left, int Top, int Bottom, string Text)> _cells = [];

    public void Add(int left, int top, int bottom, string text)
    {
        if (_cells.Count < MostCells) _cells.Add((left, top, bottom, text));
    }

    public void AddTo(ExtractedTextBuilder builder)
    {
        if (_cells.Count == 0) return;
        var columns = Places(_cells.Select(cell => cell.Left));
        var rows = Places(_cells.Select(cell => cell.Top));
        // What has more is no table that anybody drew.
        if (columns.Count > MostColumns || (long)columns.Count * rows.Count > 4L * MostCells)
        {
            foreach (var cell in _cells) builder.AddBlock(cell.Text, apart: false);
            return;
        }

        var grid = rows.Keys.Select(_ => Enumerable.Repeat(string.Empty, columns.Count).ToArray()).ToArray();
        foreach (var cell in _cells.OrderBy(cell => cell.Top))
        {
            foreach (var (top, row) in rows.Where(row => row.Key >= cell.Top && (row.Key < cell.Bottom || row.Key == cell.Top))) grid[row][columns[cell.Left]] = cell.Text;
        }

        builder.AddTable(grid);
    }

    // The number of each place, from left to right or from top to bottom.
    private static Dictionary<int, int> Places(IEnumerable<int> places) => places.Distinct().Order().Select((place, number) => (place, number)).ToDictionary(item => item.place, item => item.number);
}

using Serverless.Documents.Office;

namespace Serverless.Documents.Office97;

/// <summary>A table while it is read: where its columns are is known after the last row, for a cell over several says only where it begins and ends.</summary>
internal sealed class BinaryWordTable
{
    // In twentieths of a point: edges that a hand drew meet less exactly.
    private const int Near = 60;

    private readonly List<(List<string> Cells, WordRow? Row)> _rows = [];
    private List<string> _cells = [];
    private string _cell = string.Empty;

    public void Append(string text)
    {
        if (text.Length > 0) _cell = _cell.Length == 0 ? text : $"{_cell} {text}";
    }

    public void EndCell()
    {
        _cells.Add(_cell);
        _cell = string.Empty;
    }

    public void EndRow(WordRow? row)
    {
        if (_cell.Length > 0) EndCell();
        if (_cells.Count > 0) _rows.Add((_cells, row));
        _cells = [];
    }

    public void AddTo(ExtractedTextBuilder builder)
    {
        EndRow(null);
        var table = Table();
        if (table.Rows.Count == 0) return;
        // Tables of one cell are frames around text.
        if (table.Rows.All(row => row.Count <= 1)) foreach (var row in table.Rows) builder.AddBlock(string.Concat(row));
        else builder.AddTable(table.Rows);
    }

    private OfficeTable Table()
    {
        var columns = _rows.DistinctBy(row => row.Cells.Count).Count() > 1 ? Columns() : [];
        var table = new OfficeTable();
        foreach (var (cells, row) in _rows)
        {
            table.StartRow();
            for (var i = 0; i < cells.Count; i++)
            {
                table.StartCell();
                if (row is not null && row.Edges.Count > i + 1 && columns.Count > 0) table.Span(Column(columns, row.Edges[i + 1]) - Column(columns, row.Edges[i]));
                if (row?.GoesOn(i) == true) table.ContinueAbove();
                table.Append(cells[i]);
                table.EndCell();
            }

            table.EndRow();
        }

        return table;
    }

    // Where columns begin, from left to right.
    private List<int> Columns()
    {
        var columns = new List<int>();
        foreach (var edge in _rows.Where(row => row.Row is not null).SelectMany(row => row.Row!.Edges).Distinct().Order())
        {
            if (columns.Count == 0 || edge - columns[^1] > Near) columns.Add(edge);
        }

        return columns;
    }

    private static int Column(List<int> columns, int edge) => columns.BinarySearch(edge) is >= 0 and var at ? at : Math.Max(0, ~columns.BinarySearch(edge) - 1);
}

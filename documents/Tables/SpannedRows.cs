namespace Serverless.Documents.Tables;

/// <summary>Rows of cells of which some span several: one that spans columns leaves blanks, one that spans rows speaks for each.</summary>
internal sealed class SpannedRows
{
    private const int MaxColumns = 512;

    private readonly Dictionary<int, (string Text, int Rows)> _carried = [];
    private List<string> _row = [];

    /// <summary>Whether a cell of the row that is being read was added.</summary>
    public bool IsBegun { get; private set; }

    public List<IReadOnlyList<string>> Rows { get; } = [];

    /// <summary>Columns of the row that is being read, those included that cells above take up next.</summary>
    public int Columns
    {
        get
        {
            Carry();
            return _row.Count;
        }
    }

    /// <summary>Characters of all cells, with what parts them.</summary>
    public long Characters { get; private set; }

    /// <param name="columns">From 1.</param>
    /// <param name="rows">From 1, this one included.</param>
    public void Add(string text, int columns, int rows)
    {
        Carry();
        IsBegun = true;
        for (var i = 0; i < columns && _row.Count < MaxColumns; i++)
        {
            if (rows > 1) _carried[_row.Count] = (i == 0 ? text : string.Empty, rows - 1);
            _row.Add(i == 0 ? text : string.Empty);
        }
    }

    /// <summary>Ends a row; one without text goes.</summary>
    public void EndRow()
    {
        Carry();
        Characters += _row.Sum(cell => (long)cell.Length + 3);
        if (_row.Exists(cell => cell.Length > 0)) Rows.Add(_row);
        _row = [];
        IsBegun = false;
    }

    /// <summary>Ends rows that cells may span.</summary>
    public void EndGroup() => _carried.Clear();

    private void Carry()
    {
        while (_carried.TryGetValue(_row.Count, out var above))
        {
            if (above.Rows == 1) _carried.Remove(_row.Count);
            else _carried[_row.Count] = above with { Rows = above.Rows - 1 };
            _row.Add(above.Text);
        }
    }
}

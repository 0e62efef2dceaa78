using System.Text;

namespace Serverless.Documents.Office;

/// <summary>
/// Rows of cells in few bytes: a sheet has millions, and which of its columns are empty is known after the last. They are written once and read once, in order; what has been read is let go of.
/// </summary>
internal sealed class PackedRows : IDisposable
{
    private const int EndOfRow = 0;

    // More are one: nobody tells so many tables apart.
    private const int MaxBands = 1000;
    private const int MaxSpans = 10_000;
    private const int MaxCovered = 64;

    private readonly PagedStream _pages = new();
    private readonly BinaryWriter _writer;
    private readonly SortedSet<int> _columns = [];
    private readonly List<int> _numbers = [];
    private readonly Dictionary<int, int> _covers = [];
    private bool _inRow;
    private int _last;

    public PackedRows() => _writer = new BinaryWriter(_pages, Encoding.UTF8, leaveOpen: true);

    /// <summary>Rows that have a cell.</summary>
    public int Count { get; private set; }

    /// <summary>Columns that have a cell.</summary>
    public int Columns => _columns.Count;

    /// <summary>What it holds of them: a cell's text in UTF-8 and two bytes or a few more.</summary>
    public long Bytes => _pages.Length;

    /// <summary>The number that the row has in its sheet, from 1; set before its first cell.</summary>
    public int Number { get; set; }

    /// <summary>Cells that speak for those below them too.</summary>
    public List<RowSpan> Spans { get; } = [];

    /// <summary>The rows by what stands between them.</summary>
    public List<SheetBand> Bands { get; } = [];

    /// <summary>Whether a column is not blank though no row has a cell for it. A title above two tables spans what parts them once.</summary>
    public bool IsCovered(int column) => _covers.GetValueOrDefault(column) > 1;

    /// <summary>Notes that a cell to the left spans a column, or that it is hidden.</summary>
    public void Cover(int column, bool isHidden = false) => _covers[column] = _covers.GetValueOrDefault(column) + (isHidden ? 2 : 1);

    /// <summary>Notes that one cell takes the place of several, whose first and last row and column are given, from 1: those to its right are not blank, and it speaks for those below it too.</summary>
    public void Merge(int firstRow, int firstColumn, int lastRow, int lastColumn)
    {
        if (lastRow > firstRow && Spans.Count < MaxSpans) Spans.Add(new RowSpan(firstColumn, firstRow, lastRow));
        if (lastColumn - firstColumn > MaxCovered) return;
        for (var column = firstColumn + 1; column <= lastColumn; column++) Cover(column);
    }

    /// <summary>Passes over the row that has that number: it is not blank, but hidden.</summary>
    public void PassRow() => _last = Number;

    /// <summary>Adds a cell to the last row.</summary>
    /// <param name="column">From 1.</param>
    public void Add(int column, string text)
    {
        if (!_inRow)
        {
            Count++;
            _numbers.Add(Number);
            var gap = Math.Max(0, Number - _last - 1);
            if (Bands.Count == 0 || (gap > 0 && Bands.Count < MaxBands)) Bands.Add(new SheetBand(gap));
            Bands[^1].StartRow();
            _last = Number;
        }

        _inRow = true;
        Bands[^1].Add(column, text);
        _columns.Add(column);
        _writer.Write7BitEncodedInt(column);
        _writer.Write(text);
    }

    public void EndRow()
    {
        if (_inRow) _writer.Write7BitEncodedInt(EndOfRow);
        _inRow = false;
    }

    /// <summary>Where a column stands in the rows that are read.</summary>
    public Dictionary<int, int> Places() => _columns.Select((column, place) => (column, place)).ToDictionary(item => item.column, item => item.place);

    /// <summary>Each row, with a cell for each column that has one. A row is good until the next one is asked for.</summary>
    public IEnumerable<IReadOnlyList<string>> Read()
    {
        EndRow();
        _writer.Flush();
        var places = Places();
        var cells = new string[_columns.Count];
        var spans = new RowSpans(Spans.Where(span => places.ContainsKey(span.Column)).Select(span => span with { Column = places[span.Column] }));
        using var reader = new BinaryReader(_pages, Encoding.UTF8, leaveOpen: true);
        for (var row = 0; row < Count; row++)
        {
            Array.Fill(cells, string.Empty);
            for (int column; (column = reader.Read7BitEncodedInt()) != EndOfRow;) cells[places[column]] = reader.ReadString();
            spans.Fill(_numbers[row], cells);
            yield return cells;
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _pages.Dispose();
    }
}

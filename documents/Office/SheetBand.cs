namespace Serverless.Documents.Office;

/// <summary>Rows of a sheet between blank ones.</summary>
/// <param name="Gap">Blank rows before it.</param>
internal sealed record SheetBand(int Gap)
{
    // As many as tell a head from what stands below it.
    private const int MostFirst = 24;

    /// <summary>How many they are.</summary>
    public int Rows { get; private set; }

    /// <summary>Columns that have a cell, from 1.</summary>
    public SortedSet<int> Columns { get; } = [];

    /// <summary>Cells of the row that has the most.</summary>
    public int Widest { get; private set; }

    /// <summary>The first of them, each with its cells that are not empty.</summary>
    public List<List<(int Column, string Text)>> First { get; } = [];

    private int _cells;

    public void StartRow()
    {
        Rows++;
        _cells = 0;
        if (First.Count < MostFirst) First.Add([]);
    }

    public void Add(int column, string text)
    {
        Columns.Add(column);
        Widest = Math.Max(Widest, ++_cells);
        if (Rows <= MostFirst) First[^1].Add((column, text));
    }
}

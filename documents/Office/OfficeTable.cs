using System.Text;
using Serverless.Documents.Markdown;

namespace Serverless.Documents.Office;

/// <summary>A table while it is read: cells that span columns leave blanks, cells that span rows speak for each.</summary>
internal sealed class OfficeTable
{
    private const int MaxSpan = 512;

    private readonly List<List<string>> _rows = [];
    private readonly StringBuilder _cell = new();
    private int _span = 1;
    private bool _continues;
    private bool _isDeleted;
    private bool _isCovered;

    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>For a table within a cell.</summary>
    public string Flat => MarkdownTable.Flat(_rows);

    public void StartRow() => _rows.Add([]);

    /// <summary>Leaves out the row that is being read once it ends: it was deleted.</summary>
    public void DeleteRow() => _isDeleted = true;

    public void EndRow()
    {
        if (_isDeleted && _rows.Count > 0) _rows.RemoveAt(_rows.Count - 1);
        _isDeleted = false;
    }

    /// <summary>Columns that a row leaves out before its first cell, or behind its last one.</summary>
    public void Skip(int columns)
    {
        if (_rows.Count == 0) return;
        for (var i = 0; i < columns && _rows[^1].Count < MaxSpan; i++) _rows[^1].Add(string.Empty);
    }

    public void StartCell()
    {
        _cell.Clear();
        (_span, _continues, _isCovered) = (1, false, false);
    }

    public void Span(int columns) => _span = Math.Clamp(columns, 1, MaxSpan);

    /// <summary>The cell's place is taken by the one to its left, which spans it.</summary>
    public void Cover() => _isCovered = true;

    public void ContinueAbove() => _continues = true;

    public void Append(string text)
    {
        if (_cell.Length > 0) _cell.Append(' ');
        _cell.Append(text);
    }

    public void EndCell()
    {
        if (_rows.Count == 0 || _isCovered) return;
        var row = _rows[^1];
        var above = _continues && _rows.Count > 1 && row.Count < _rows[^2].Count ? _rows[^2][row.Count] : null;
        row.Add(above ?? ExtractedTextBuilder.OneLine(_cell.ToString()));
        for (var i = 1; i < _span && row.Count < MaxSpan; i++) row.Add(string.Empty);
        StartCell();
    }
}

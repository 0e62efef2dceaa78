using System.Text;
using System.Xml;
using Serverless.Documents.Markdown;
using Serverless.Documents.Office;
using Serverless.Documents.Signs;

namespace Serverless.Documents.OpenDocument;

/// <summary>A table or sheet while it is read (ISO/IEC 26300-1, section 9.1): cells that span columns leave blanks, cells that span rows speak for each, hidden rows and columns go.</summary>
internal sealed class OpenDocumentTable(ReadingScope scope) : IDisposable
{
    // A sheet's last row or cell stands for all after it.
    private const int MaxRepeated = 1000;
    private const int MaxColumns = 16_384;

    private readonly PackedRows _rows = new();
    private readonly List<(int First, int Last)> _hidden = [];
    private readonly List<(int Column, string Text)> _cells = [];
    private readonly Dictionary<int, (string Text, int Rows)> _carried = [];
    private readonly StringBuilder _cell = new();
    private int _column;
    private int _described;
    private int _times;
    private int _rowsSpanned;
    private string? _date;
    private bool _rowIsHidden;
    private bool _isStruck;
    private long _characters;

    public PackedRows Rows
    {
        get
        {
            scope.CheckText((long)_rows.Count * _rows.Columns * 3);
            return _rows;
        }
    }

    /// <summary>For a table within a cell.</summary>
    public string Flat => MarkdownTable.Flat(_rows.Read());

    public void DescribeColumn(XmlReader xml)
    {
        var count = Math.Min(MaxColumns, OpenDocumentStyles.Whole(xml, "number-columns-repeated") ?? 1);
        if (IsHidden(xml) && _hidden.Count < 256) _hidden.Add((_described + 1, _described + count));
        _described = Math.Min(MaxColumns, _described + count);
    }

    public void StartRow(XmlReader xml)
    {
        scope.Check();
        _cells.Clear();
        (_column, _rowIsHidden) = (0, IsHidden(xml));
        _times = Math.Clamp(OpenDocumentStyles.Whole(xml, "number-rows-repeated") ?? 1, 1, MaxRepeated);
        _cell.Clear();
    }

    public void StartCell(XmlReader xml, bool isStruck)
    {
        _cell.Clear();
        _isStruck = isStruck;
        _rowsSpanned = OpenDocumentStyles.Whole(xml, "number-rows-spanned") ?? 1;
        // As it is shown depends on who looks at it.
        _date = OpenDocumentStyles.Attribute(xml, "value-type") == "date" ? OpenDocumentStyles.Attribute(xml, "date-value") : null;
    }

    public void Append(string text)
    {
        if (_cell.Length > 0) _cell.Append(' ');
        _cell.Append(text);
    }

    /// <param name="repeated">How often the cell stands there.</param>
    public void EndCell(int repeated)
    {
        var text = _cell.Length > 0 && _date is not null ? Iso(_date) : ExtractedTextBuilder.OneLine(_cell.ToString());
        _cell.Clear();
        if (_isStruck && text.Length > 0) text = StruckText.Struck(text);
        for (var i = 0; i < repeated && _column < MaxColumns; i++)
        {
            _column++;
            if (text.Length > 0 && i >= MaxRepeated) continue;
            if (text.Length > 0 && _rowsSpanned > 1) _carried[_column] = (text, _rowsSpanned - 1);
            AddCell(text);
            if (text.Length == 0) break;
        }

        if (text.Length == 0) _column = Math.Min(MaxColumns, _column + Math.Max(0, repeated - 1));
    }

    /// <summary>A place that a cell to the left or above covers.</summary>
    public void EndCovered(int repeated)
    {
        for (var i = 0; i < repeated && _column < MaxColumns; i++)
        {
            _column++;
            _rows.Cover(_column);
            if (!_carried.TryGetValue(_column, out var above)) continue;
            AddCell(above.Text);
            if (above.Rows > 1) _carried[_column] = above with { Rows = above.Rows - 1 };
            else _carried.Remove(_column);
        }
    }

    public void EndRow()
    {
        if (_rowIsHidden || _cells.Count == 0)
        {
            _rows.Number += _times;
            if (_rowIsHidden) _rows.PassRow();
            return;
        }

        for (var i = 0; i < _times; i++)
        {
            _rows.Number++;
            foreach (var (column, text) in _cells)
            {
                _rows.Add(column, text);
                _characters += text.Length + 3;
            }

            scope.CheckText(_characters);
            _rows.EndRow();
        }
    }

    public void Dispose() => _rows.Dispose();

    private void AddCell(string text)
    {
        if (text.Length == 0) return;
        if (_hidden.Exists(range => _column >= range.First && _column <= range.Last)) _rows.Cover(_column, isHidden: true);
        else _cells.Add((_column, text));
    }

    private static bool IsHidden(XmlReader xml) => OpenDocumentStyles.Attribute(xml, "visibility") is "collapse" or "filter";

    // "2024-05-01T12:30:00"
    private static string Iso(string date)
    {
        var time = date.IndexOf('T', StringComparison.Ordinal);
        if (time < 0) return date;
        var clock = date[(time + 1)..];
        return clock.StartsWith("00:00:00", StringComparison.Ordinal) ? date[..time] : $"{date[..time]} {clock[..Math.Min(5, clock.Length)]}";
    }
}

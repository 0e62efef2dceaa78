using System.Globalization;
using System.Text;
using Serverless.Documents.Office;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Rtf;

/// <summary>Paragraphs and tables as they are written one after the other: of the document, of a text box, of a note.</summary>
internal sealed class RtfFlow(ExtractedTextBuilder builder, ReadingScope scope)
{
    private readonly List<bool> _goOn = [];
    private OfficeTable? _table;
    private bool _rowIsOpen;
    private int _cell;
    private int _nestedEnd;
    private int? _raisedFrom;
    private int? _struckFrom;
    private bool _inItem;
    private bool _inList;

    // From 1; null for what is no heading.
    private int? _level;
    private bool _isOfContents;

    // Whether the cell that is described goes on from the row above.
    private bool _goesOn;

    public ExtractedTextBuilder Builder => builder;

    /// <summary>Of the paragraph that is being read.</summary>
    public StringBuilder Line { get; } = new();

    /// <summary>The number or bullet that stands before it.</summary>
    public StringBuilder Item { get; } = new();

    /// <summary>Whether the paragraph that is being read stands in a table.</summary>
    public bool InTable { get; set; }

    /// <summary>Takes a word that says how a paragraph, a row or a cell is, or ends one.</summary>
    public void Take(string word, int? number, RtfStyles styles)
    {
        switch (word)
        {
            case "par" or "sect" or "page" or "column":
                EndParagraph();
                break;
            case "pard":
                (_level, InTable, _isOfContents) = (null, false, false);
                break;
            case "intbl":
                InTable = true;
                break;
            case "s":
                (_level, _isOfContents) = (styles.Level(number ?? 0), styles.IsOfContents(number ?? 0));
                break;
            case "outlinelevel":
                _level = WordStyles.Outline(number?.ToString(CultureInfo.InvariantCulture)) ?? _level;
                break;
            case "trowd":
                _goesOn = false;
                _goOn.Clear();
                break;
            case "clvmrg":
                _goesOn = true;
                break;
            case "cellx":
                scope.CountElement();
                _goOn.Add(_goesOn);
                _goesOn = false;
                break;
            case "cell":
                EndCell();
                break;
            case "row":
                EndRow();
                break;
            case "nestcell":
                EndNested(',');
                break;
        }
    }

    /// <summary>What follows stands raised, or does no more.</summary>
    public void Raise(bool on)
    {
        if (_raisedFrom is { } from) RaisedText.Raise(Line, from);
        _raisedFrom = on ? Line.Length : null;
    }

    /// <summary>What follows is struck through, over paragraphs' ends too, or is no more.</summary>
    public void Strike(bool on)
    {
        if (on == _struckFrom.HasValue) return;
        if (_struckFrom is { } from) StruckText.Strike(Line, from);
        _struckFrom = on ? Line.Length : null;
    }

    public void EndParagraph()
    {
        scope.Check();
        var text = Take();
        if (InTable)
        {
            if (text.Length > 0) Cell().Append(text);
            return;
        }

        EndTable();
        if (string.IsNullOrWhiteSpace(text) || _isOfContents) return;
        if (_inList && !_inItem) builder.AddGap();
        _inList = _inItem;
        if (_level is { } level) builder.AddHeading(level, text);
        else builder.AddBlock(text, apart: !_inItem);
    }

    private void EndCell()
    {
        scope.CountElement();
        var text = Take();
        var table = Cell();
        if (text.Length > 0) table.Append(text);
        if (_cell < _goOn.Count && _goOn[_cell]) table.ContinueAbove();
        table.EndCell();
        _cell++;
    }

    /// <summary>A cell or row of a table within a cell ends: its text stays where it is.</summary>
    public void EndNested(char sign)
    {
        CutNested();
        if (Line.Length == 0) return;
        Line.Append(sign).Append(' ');
        _nestedEnd = Line.Length;
    }

    private void EndRow()
    {
        _rowIsOpen = false;
        _cell = 0;
    }

    public void End()
    {
        // A last paragraph need not be closed.
        InTable &= Line.Length > 0 && _rowIsOpen;
        EndParagraph();
        EndTable();
    }

    // The sign after the last of them parts it from nothing.
    private void CutNested()
    {
        if (_nestedEnd > 0 && Line.Length == _nestedEnd) Line.Length -= 2;
        _nestedEnd = 0;
    }

    private OfficeTable Cell()
    {
        _table ??= new OfficeTable();
        if (_rowIsOpen) return _table;
        _table.StartRow();
        _table.StartCell();
        (_rowIsOpen, _cell) = (true, 0);
        return _table;
    }

    private string Take()
    {
        Raise(on: false);
        CutNested();
        var isStruck = _struckFrom.HasValue;
        Strike(on: false);
        var text = ExtractedTextBuilder.WithoutHalfPairs(Line.ToString().Trim());
        var number = Item.ToString().Trim();
        Line.Clear();
        Item.Clear();
        Strike(isStruck);
        _inItem = number.Length > 0;
        // Bullets are signs, or an o.
        var isNumber = number != "o" && number.Any(char.IsLetterOrDigit);
        return isNumber && text.Length > 0 ? $"{number} {text}" : text;
    }

    private void EndTable()
    {
        if (_table is not { } table) return;
        _table = null;
        EndRow();
        // Tables of one cell are frames around text.
        if (table.Rows.All(row => row.Count <= 1)) foreach (var row in table.Rows) builder.AddBlock(string.Concat(row));
        else builder.AddTable(table.Rows);
    }
}

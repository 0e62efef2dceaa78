using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Documents.Office;
using Serverless.Documents.OpenDocument;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office97;

/// <summary>Reads the paragraphs and tables of a document's texts, one after the other.</summary>
internal sealed partial class BinaryWordText(WordFile file, ReadingScope scope)
{
    private const char CellEnd = '\u0007';
    private const int NoList = 0x7FF;

    private readonly WordPieces _pieces = new(file);
    private readonly WordRuns _characters = new(file, ofParagraphs: false, scope);
    private readonly WordRuns _paragraphs = new(file, ofParagraphs: true, scope);
    private readonly BinaryStyles _styles = new(file);
    private readonly BinaryFonts _fonts = new(file);
    private readonly WordNumbers _numbers = BinaryLists.Read(file);
    private readonly WordNotes _notes = new();
    private readonly Dictionary<int, (string Kind, string Id)> _calls = Calls(file);
    private readonly Dictionary<int, CharacterFormat> _ofStyles = [];
    private readonly StringBuilder _line = new();
    private BinaryWordFields _fields = new();
    private BinaryWordTable? _table;
    private bool _inList;
    private long _read;
    private (int From, int To) _run;
    private CharacterFormat _format = CharacterFormat.Plain;
    private int _style;
    private (int From, int To) _paragraph;
    private int? _raisedFrom;
    private int? _loweredFrom;
    private int? _struckFrom;

    /// <summary>Adds a stretch of characters.</summary>
    /// <param name="label">Stands before its first paragraph.</param>
    public void Add(ExtractedTextBuilder builder, int from, int count, string label = "")
    {
        (_fields, _inList) = (new BinaryWordFields(), false);
        foreach (var (number, at, character) in _pieces.Read(from, count))
        {
            if ((++_read & 0xFFF) == 0) scope.CheckText(_read);
            var format = FormatAt(at);
            if (character is '\r' or '\f' or CellEnd or '\u000E')
            {
                // Whose end was deleted goes on in the next.
                if (character == '\r' && format.IsDeleted) continue;
                EndParagraph(builder, character, at, ref label);
                continue;
            }

            if (_fields.Takes(character) || _fields.IsInCode || format.IsDeleted || format.IsHidden) continue;
            Place(format);
            Append(number, character, format);
        }

        EndParagraph(builder, '\r', -1, ref label);
        EndTable(builder);
    }

    /// <summary>Adds the notes, each below the number by which the text calls it.</summary>
    public void AddNotes(ExtractedTextBuilder builder)
    {
        AddNotes(builder, "footnote", file.Places(WordFile.FootnoteTexts, 0), file.Main, file.Footnotes);
        AddNotes(builder, "endnote", file.Places(WordFile.EndnoteTexts, 0), file.EndnotesFrom, file.Endnotes);
    }

    private void AddNotes(ExtractedTextBuilder builder, string kind, int[] places, int from, int count)
    {
        // The last two places are the end.
        for (var i = 0; i + 1 < places.Length; i++)
        {
            var (first, end) = (Math.Clamp(places[i], 0, count), Math.Clamp(places[i + 1], 0, count));
            if (end > first) Add(builder, from + first, end - first, _notes.Label(kind, i.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private void Append(int number, char character, CharacterFormat format)
    {
        switch (character)
        {
            case '\u0002' when _calls.TryGetValue(number, out var call):
                _line.Append(_notes.Call(call.Kind, call.Id));
                break;
            case '\v':
                _line.Append('\n');
                break;
            case '\u001E':
                _line.Append('-');
                break;
            case '\t':
                _line.Append('\t');
                break;
            // What stands for pictures, notes and drawings, and hyphens that are seen at a line's end only.
            case < ' ':
                break;
            default:
                if (format.Symbol is { } symbol) _line.Append(SymbolFont.Sign(_fonts.Name(format.Font), symbol) is { } sign ? sign : symbol is >= ' ' and < 0xE000 ? (char)symbol : ' ');
                else _line.Append(character is >= '\uF020' and <= '\uF0FF' && SymbolFont.Sign(_fonts.Name(format.Font), character) is { } drawn ? drawn : character);
                break;
        }
    }

    // Raised, lowered and struck letters are written so once they end, and the first two where the last begin or end: marks move what stands behind them.
    private void Place(CharacterFormat format)
    {
        var isMoved = format.IsStruck != _struckFrom.HasValue;
        if ((!format.IsRaised || isMoved) && _raisedFrom is { } raised) RaisedText.Raise(_line, raised);
        if ((!format.IsLowered || isMoved) && _loweredFrom is { } lowered) LoweredText.Lower(_line, lowered);
        if (!format.IsStruck && _struckFrom is { } struck) StruckText.Strike(_line, struck);
        _raisedFrom = format.IsRaised ? (isMoved ? null : _raisedFrom) ?? _line.Length : null;
        _loweredFrom = format.IsLowered ? (isMoved ? null : _loweredFrom) ?? _line.Length : null;
        _struckFrom = format.IsStruck ? _struckFrom ?? _line.Length : null;
    }

    private CharacterFormat FormatAt(int at)
    {
        if (at >= _run.From && at < _run.To && at >= _paragraph.From && at < _paragraph.To) return _format;
        if (at < _paragraph.From || at >= _paragraph.To)
        {
            _paragraph = _paragraphs.Find(at, out var paragraph);
            _style = paragraph.Length < 2 ? 0 : paragraph[0] | (paragraph[1] << 8);
        }

        _run = _characters.Find(at, out var changes);
        if (!_ofStyles.TryGetValue(_style, out var ofStyle)) _ofStyles[_style] = ofStyle = _styles.Characters(_style);
        return _format = CharacterFormat.Read(changes, ofStyle, _styles.Hides);
    }

    private void EndParagraph(ExtractedTextBuilder builder, char mark, int at, ref string label)
    {
        scope.CountElement();
        Place(CharacterFormat.Plain);
        _fields.EndParagraph();
        var text = ExtractedTextBuilder.WithoutHalfPairs(_line.ToString()).Trim();
        _line.Clear();
        ReadOnlySpan<byte> changes = [];
        if (at >= 0) _paragraphs.Find(at, out changes);
        var paragraph = ParagraphFormat.Read(changes, file.Data);
        if (text.Length > 0 && Number(paragraph) is { } number) text = $"{number} {text}";
        if (label.Length > 0 && text.Length > 0) (text, label) = (label + text, string.Empty);
        if (paragraph.InTable || mark == CellEnd)
        {
            AddCell(text, mark, paragraph);
            return;
        }

        EndTable(builder);
        // With the number of a page behind it: some write their headings in that style.
        if (text.Length > 0 && !(_styles.IsOfContents(paragraph.Style) && PageNumber().IsMatch(text))) AddText(builder, text, paragraph);
    }

    private void AddCell(string text, char mark, ParagraphFormat paragraph)
    {
        _table ??= new BinaryWordTable();
        if (paragraph.IsInnerCellEnd) text = text.Length > 0 ? text + "," : text;
        if (paragraph.IsInnerRowEnd) text = ";";
        if (mark == CellEnd && paragraph.IsRowEnd)
        {
            _table.Append(text);
            _table.EndRow(paragraph.Row);
            return;
        }

        _table.Append(text);
        if (mark == CellEnd) _table.EndCell();
    }

    private void AddText(ExtractedTextBuilder builder, string text, ParagraphFormat paragraph)
    {
        var isItem = List(paragraph) is > 0;
        if (_inList && !isItem) builder.AddGap();
        _inList = isItem;
        var level = paragraph.Outline is >= 0 and < 9 and var outline ? outline + 1 : _styles.Level(paragraph.Style);
        if (level is { } heading) builder.AddHeading(heading, text);
        else builder.AddBlock(text, apart: !isItem);
    }

    private void EndTable(ExtractedTextBuilder builder)
    {
        _table?.AddTo(builder);
        _table = null;
    }

    private int? List(ParagraphFormat paragraph) => (paragraph.List ?? _styles.List(paragraph.Style)?.List) is { } list and < NoList ? list : null;

    private string? Number(ParagraphFormat paragraph) =>
        List(paragraph) is > 0 and var list ? _numbers.Next(list.ToString(CultureInfo.InvariantCulture), paragraph.ListLevel ?? _styles.List(paragraph.Style)?.Level ?? 0, null) : null;

    [GeneratedRegex(@"\t\s*[0-9IVXLCivxlc-]+$", RegexOptions.NonBacktracking)]
    private static partial Regex PageNumber();

    private static Dictionary<int, (string Kind, string Id)> Calls(WordFile file)
    {
        var calls = new Dictionary<int, (string Kind, string Id)>();
        foreach (var (part, kind) in (ReadOnlySpan<(int, string)>)[(WordFile.FootnoteCalls, "footnote"), (WordFile.EndnoteCalls, "endnote")])
        {
            var places = file.Places(part, 2);
            for (var i = 0; i + 1 < places.Length; i++) calls.TryAdd(places[i], (kind, i.ToString(CultureInfo.InvariantCulture)));
        }

        return calls;
    }
}

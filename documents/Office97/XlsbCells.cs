using Serverless.Documents.Office;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office97;

/// <summary>The cells of a binary workbook's sheets, as <see cref="SheetCells"/> gives those of others.</summary>
internal sealed class XlsbCells
{
    private const int MaxRows = 1_048_576, MaxColumns = 16_384;

    // Stretches of columns, each looked at for every cell.
    private const int MaxHidden = 256;

    // Section 2.4.147.
    private const int StruckFont = 8;

    private readonly IReadOnlyList<string> _strings;
    private readonly List<(int Format, int Font)> _styles = [];
    private readonly List<bool> _struckFonts = [];
    private readonly Dictionary<int, string> _codes = [];
    private readonly CellNumbers _numbers;
    private readonly ReadingScope _scope;

    /// <param name="styles">The part that tells the formats of numbers and letters; null where there is none.</param>
    public XlsbCells(IReadOnlyList<string> strings, byte[]? styles, bool is1904, ReadingScope scope)
    {
        (_strings, _numbers, _scope) = (strings, new CellNumbers(is1904), scope);
        var ofCells = false;
        foreach (var record in XlsbRecord.Read(styles))
        {
            if (record.Type is XlsbRecord.FirstStyle or XlsbRecord.LastStyle) ofCells = record.Type == XlsbRecord.FirstStyle;
            if (record.Type == XlsbRecord.Font) _struckFonts.Add((record.Half(2) & StruckFont) != 0);
            if (record.Type == XlsbRecord.Style && ofCells) _styles.Add((record.Half(2), record.Half(4)));
            if (record.Type != XlsbRecord.Format) continue;
            var at = 2;
            _codes[record.Half(0)] = record.Text(ref at);
        }
    }

    /// <summary>Rows that are not empty, each with a cell for every column that is not.</summary>
    public PackedRows Rows(byte[] sheet)
    {
        var rows = new PackedRows();
        var hidden = new List<(int First, int Last)>();
        var (isHidden, characters) = (false, 0L);
        foreach (var record in XlsbRecord.Read(sheet))
        {
            switch (record.Type)
            {
                case XlsbRecord.Column when (record.Half(16) & 1) != 0 && hidden.Count < MaxHidden:
                    hidden.Add((record.Whole(0) + 1, record.Whole(4) + 1));
                    break;
                case XlsbRecord.Row:
                    _scope.Check();
                    rows.EndRow();
                    (rows.Number, isHidden) = (Number(record.Whole(0), MaxRows), (record.Byte(11) & 0x10) != 0);
                    break;
                case XlsbRecord.Merged:
                    rows.Merge(Number(record.Whole(0), MaxRows), Number(record.Whole(8), MaxColumns), Number(record.Whole(4), MaxRows), Number(record.Whole(12), MaxColumns));
                    break;
                case >= XlsbRecord.Rk and <= XlsbRecord.FormulaError or XlsbRecord.RichText:
                    var column = Number(record.Whole(0), MaxColumns);
                    if (Text(record) is not { Length: > 0 } text) break;
                    if (IsStruck(record)) text = StruckText.Struck(text);
                    if (isHidden) rows.PassRow();
                    else if (hidden.Exists(range => column >= range.First && column <= range.Last)) rows.Cover(column, isHidden: true);
                    else
                    {
                        rows.Add(column, text);
                        _scope.CheckText(characters += text.Length + 3);
                    }

                    break;
            }
        }

        rows.EndRow();
        _scope.CheckText((long)rows.Count * rows.Columns * 3);
        return rows;
    }

    // From 1, where the format counts from 0.
    private static int Number(int number, int most) => number >= 0 && number < most ? number + 1 : throw new InvalidDataException();

    private string? Text(XlsbRecord cell)
    {
        var at = cell.Type == XlsbRecord.RichText ? 9 : 8;
        return cell.Type switch
        {
            XlsbRecord.Rk => Number(cell, cell.Packed(8)),
            XlsbRecord.Real or XlsbRecord.FormulaReal => Number(cell, cell.Number(8)),
            XlsbRecord.Truth or XlsbRecord.FormulaTruth => cell.Byte(8) != 0 ? "true" : "false",
            XlsbRecord.SharedText => cell.Whole(8) is >= 0 and var number && number < _strings.Count ? _strings[number].Trim() : null,
            XlsbRecord.Error or XlsbRecord.FormulaError => CellErrors.Sign(cell.Byte(8)),
            _ => cell.Text(ref at).Trim(),
        };
    }

    private string Number(XlsbRecord cell, double number)
    {
        var format = Style(cell).Format;
        return _numbers.Show(number, format, _codes.GetValueOrDefault(format, string.Empty));
    }

    private bool IsStruck(XlsbRecord cell) => Style(cell).Font is var font && font < _struckFonts.Count && _struckFonts[font];

    private (int Format, int Font) Style(XlsbRecord cell) => (cell.Whole(4) & 0xFF_FFFF) is var style && style < _styles.Count ? _styles[style] : default;
}

using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Office97;

/// <summary>What the library that reads cells does not tell of a sheet: errors that its cells show, which of them are struck through, and the texts of boxes that lie over it ([MS-XLS], sections 2.1.7.20.5, 2.4.24, 2.4.122, 2.4.127, 2.4.329 and 2.4.353).</summary>
internal sealed class SheetExtras
{
    private const int BoundSheet = 0x0085;
    private const int FilePass = 0x002F;
    private const int End = 0x000A;
    private const int Begin = 0x0809;
    private const int Formula = 0x0006;
    private const int TruthOrError = 0x0205;
    private const int Object = 0x005D;
    private const int Box = 0x01B6;
    private const int Continue = 0x003C;
    private const int Note = 0x19;
    private const int Columns = 256;
    private const int Font = 0x0031;
    private const int StruckFont = 8;
    private const int Format = 0x00E0;
    private const int Text = 0x0204, RichText = 0x00D6, SharedText = 0x00FD, Number = 0x0203, Packed = 0x027E, SeveralPacked = 0x00BD;

    // Cells of a workbook; those after them are plain.
    private const int MaxStruck = 1_000_000;

    private readonly Dictionary<int, byte> _errors = [];
    private readonly HashSet<int> _struck = [];
    private readonly List<string> _boxes = [];

    private SheetExtras()
    {
    }

    public static SheetExtras None { get; } = new();

    /// <summary>Texts of boxes, in the order in which they were laid; what was noted on cells is not among them.</summary>
    public IReadOnlyList<string> Boxes => _boxes;

    /// <summary>What a cell shows whose value is an error; null for others.</summary>
    /// <param name="row">From 0.</param>
    /// <param name="column">From 0.</param>
    public string? Error(int row, int column) => _errors.TryGetValue((row * Columns) + column, out var code) ? CellErrors.Sign(code) : null;

    /// <summary>Whether a line goes through what a cell shows.</summary>
    /// <param name="row">From 0.</param>
    /// <param name="column">From 0.</param>
    public bool IsStruck(int row, int column) => _struck.Contains((row * Columns) + column);

    /// <summary>Of each sheet of cells, in the workbook's order; empty where the stream is encrypted.</summary>
    public static IReadOnlyList<SheetExtras> Of(ReadOnlySpan<byte> book, ReadingScope scope)
    {
        var sheets = new List<SheetExtras>();
        var (fonts, formats) = (new List<bool>(), new List<bool>());
        var (at, struck) = (0, 0);
        while (Next(book, ref at) is var (id, body) && id is not (0 or End))
        {
            if (id == FilePass) return [];
            var record = book[body];
            if (id == Font && record.Length >= 4) fonts.Add((record[2] & StruckFont) != 0);
            // There is no font of the number 4.
            if (id == Format && record.Length >= 2) formats.Add((BinaryPrimitives.ReadUInt16LittleEndian(record) is var font && font > 4 ? font - 1 : font) is var place && place < fonts.Count && fonts[place]);
            // A sheet of cells, no chart and no macros.
            if (id != BoundSheet || record.Length < 6 || record[5] != 0) continue;
            scope.Check();
            sheets.Add(Read(book, BinaryPrimitives.ReadInt32LittleEndian(record), struck < MaxStruck ? formats : [], scope));
            struck += sheets[^1]._struck.Count;
        }

        return sheets;
    }

    private static SheetExtras Read(ReadOnlySpan<byte> book, int at, List<bool> struck, ReadingScope scope)
    {
        var (sheet, depth, kind) = (new SheetExtras(), 0, 0);
        if (at < 0 || at >= book.Length) return sheet;
        var hasStruck = struck.Contains(true);
        while (Next(book, ref at) is var (id, body) && id != 0)
        {
            var record = book[body];
            if (id == Begin) depth++;
            if (id == End && --depth <= 0) break;
            // Charts on a sheet are streams within its own.
            if (depth != 1) continue;
            if (hasStruck) sheet.AddStruck(id, record, struck);
            if (id == TruthOrError && record.Length >= 8 && record[7] == 1) sheet.Add(record, record[6]);
            else if (id == Formula && record.Length >= 14 && record[12] == 0xFF && record[13] == 0xFF && record[6] == 2) sheet.Add(record, record[8]);
            else if (id == Object && record.Length >= 6) kind = BinaryPrimitives.ReadUInt16LittleEndian(record[4..]);
            else if (id == Box && record.Length >= 12 && kind != Note) sheet.AddBox(book, at, BinaryPrimitives.ReadUInt16LittleEndian(record[10..]), scope);
        }

        return sheet;
    }

    private void Add(ReadOnlySpan<byte> cell, byte code)
    {
        var column = BinaryPrimitives.ReadUInt16LittleEndian(cell[2..]);
        if (column < Columns) _errors[(BinaryPrimitives.ReadUInt16LittleEndian(cell) * Columns) + column] = code;
    }

    // A cell's record begins with its row, its column and the number of its format; that of several cells with the first of them.
    private void AddStruck(int id, ReadOnlySpan<byte> record, List<bool> struck)
    {
        if (id is not (Formula or TruthOrError or Text or RichText or SharedText or Number or Packed or SeveralPacked) || record.Length < 6) return;
        var (row, column) = (BinaryPrimitives.ReadUInt16LittleEndian(record), BinaryPrimitives.ReadUInt16LittleEndian(record[2..]));
        for (var at = 4; at + 6 <= record.Length && column < Columns; at += 6, column++)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(record[at..]) is var format && format < struck.Count && struck[format]) _struck.Add((row * Columns) + column);
            if (id != SeveralPacked) return;
        }
    }

    // Its characters stand in the records after it, each of which says anew whether they have one byte or two.
    private void AddBox(ReadOnlySpan<byte> book, int at, int characters, ReadingScope scope)
    {
        var text = new StringBuilder(characters);
        while (text.Length < characters && Next(book, ref at) is var (id, body) && id == Continue && book[body] is [var isWide, .. var bytes])
        {
            var encoding = (isWide & 1) == 1 ? Encoding.Unicode : Encoding.Latin1;
            var wanted = Math.Min(bytes.Length, (characters - text.Length) * ((isWide & 1) + 1));
            text.Append(encoding.GetString(bytes[..wanted]));
        }

        scope.CheckText(text.Length);
        if (!string.IsNullOrWhiteSpace(text.ToString())) _boxes.Add(ExtractedTextBuilder.WithoutHalfPairs(text.ToString()).ReplaceLineEndings("\n").Trim());
    }

    /// <summary>The record there, whose place is then after it; none, with the number 0, where the stream ends.</summary>
    private static (int Id, Range Body) Next(ReadOnlySpan<byte> book, ref int at)
    {
        if (at > book.Length - 4) return default;
        var (id, length) = (BinaryPrimitives.ReadUInt16LittleEndian(book[at..]), BinaryPrimitives.ReadUInt16LittleEndian(book[(at + 2)..]));
        var begin = at + 4;
        if (length > book.Length - begin) return default;
        at = begin + length;
        return (id, begin..at);
    }
}

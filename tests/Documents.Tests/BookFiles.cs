using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Tests;

/// <summary>Workbooks of Excel 97 to 2003 ([MS-XLS]), from the records that a sheet needs.</summary>
internal static class BookFiles
{
    /// <param name="State">0: visible, 1: hidden, 2: very hidden.</param>
    public sealed record Sheet(string Name, byte[] Records, byte State = 0);

    /// <summary>A sheet's records, by rows and columns from 0; a style is 0, or that of a format from 1.</summary>
    public static Sheet Of(string name, params byte[][] records) => new(name, [.. Record(0x0200, Whole(0), Whole(64), Half(0), Half(32), Half(0)), .. records.SelectMany(record => record)]);

    public static byte[] Text(int row, int column, int at) => Record(0x00FD, Half(row), Half(column), Half(0), Whole(at));

    public static byte[] Number(int row, int column, double value, int style = 0) => Record(0x0203, Half(row), Half(column), Half(style), BitConverter.GetBytes(value));

    public static byte[] Truth(int row, int column, bool value) => Record(0x0205, Half(row), Half(column), Half(0), [value ? (byte)1 : (byte)0, 0]);

    /// <summary>A cell whose value is an error ([MS-XLS], section 2.5.10), as it was typed.</summary>
    public static byte[] Error(int row, int column, byte code) => Record(0x0205, Half(row), Half(column), Half(0), [code, 1]);

    /// <summary>A formula that came to an error.</summary>
    public static byte[] FailedFormula(int row, int column, byte code) => Record(0x0006, Half(row), Half(column), Half(0), [2, 0, code, 0, 0, 0, 0xFF, 0xFF], Half(0), Whole(0), Half(0));

    /// <summary>An object with text: its characters in records of their own, the first as single bytes.</summary>
    /// <param name="kind">6 for a box, 25 for what was noted on a cell.</param>
    public static byte[] Box(int kind, string narrow, string wide) =>
    [
        .. Record(0x005D, Half(0x15), Half(18), Half(kind), new byte[16], Half(0), Half(0)),
        .. Record(0x01B6, new byte[10], Half(narrow.Length + wide.Length), Half(16), Whole(0)),
        .. Record(0x003C, [0], Encoding.Latin1.GetBytes(narrow)), .. Record(0x003C, [1], Encoding.Unicode.GetBytes(wide)), .. Record(0x003C, new byte[16]),
    ];

    public static byte[] Merged(int firstRow, int lastRow, int firstColumn, int lastColumn) => Record(0x00E5, Half(1), Half(firstRow), Half(lastRow), Half(firstColumn), Half(lastColumn));

    public static byte[] HiddenRow(int row) => Record(0x0208, Half(row), Half(0), Half(32), Half(255), Half(0), Half(0), Whole(0x120));

    public static byte[] HiddenColumn(int column) => Record(0x007D, Half(column), Half(column), Half(2048), Half(0), Half(1), Half(0));

    /// <param name="strings">What cells of text show, by their places.</param>
    /// <param name="formats">Codes of the styles from 1 on; behind "~~" of one that is struck through.</param>
    public static byte[] Write(IReadOnlyList<string> strings, IReadOnlyList<string> formats, params Sheet[] sheets) => CompoundFiles.Write(new CompoundFiles.Item("Workbook", Stream(strings, formats, sheets)));

    public static byte[] Stream(IReadOnlyList<string> strings, IReadOnlyList<string> formats, params Sheet[] sheets)
    {
        // The fifth font has the number 5.
        var globals = new List<byte[]> { Begin(0x0005), Font(0), Font(0), Font(0), Font(0), Font(8) };
        globals.AddRange(formats.Select((code, i) => Record(0x041E, Half(164 + i), Wide(code.Trim('~'), 2))));
        globals.Add(Style(0, 0));
        globals.AddRange(formats.Select((code, i) => Style(164 + i, code.StartsWith('~') ? 5 : 0)));
        var placed = globals.Count;
        globals.AddRange(sheets.Select(sheet => Place(sheet, 0)));
        globals.Add(Record(0x00FC, [Whole(strings.Count), Whole(strings.Count), .. strings.Select(text => Wide(text, 2))]));
        globals.Add(Record(0x000A));
        var at = globals.Sum(record => record.Length);
        var bodies = new List<byte[]>();
        for (var i = 0; i < sheets.Length; i++)
        {
            globals[placed + i] = Place(sheets[i], at);
            bodies.Add([.. Begin(0x0010), .. sheets[i].Records, .. Record(0x000A)]);
            at += bodies[^1].Length;
        }

        return [.. globals.Concat(bodies).SelectMany(record => record)];
    }

    private static byte[] Begin(int kind) => Record(0x0809, Half(0x0600), Half(kind), Half(0), Half(0), Whole(0), Whole(0));

    private static byte[] Font(int flags) => Record(0x0031, Half(200), Half(flags), new byte[10], [1, 0], [(byte)'F']);

    private static byte[] Style(int format, int font) => Record(0x00E0, Half(font), Half(format), Half(1), new byte[14]);

    private static byte[] Place(Sheet sheet, int at) => Record(0x0085, Whole(at), [sheet.State, 0], Wide(sheet.Name, 1));

    private static byte[] Wide(string text, int lengthBytes) => [.. (lengthBytes == 1 ? [(byte)text.Length] : Half(text.Length)), 1, .. Encoding.Unicode.GetBytes(text)];

    private static byte[] Half(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return bytes;
    }

    private static byte[] Whole(int value) => BitConverter.GetBytes(value);

    private static byte[] Record(int id, params byte[][] parts) => [.. Half(id), .. Half(parts.Sum(part => part.Length)), .. parts.SelectMany(part => part)];
}

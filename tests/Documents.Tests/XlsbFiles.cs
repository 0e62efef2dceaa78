using System.IO.Compression;
using System.Text;

namespace Serverless.Documents.Tests;

/// <summary>Binary workbooks ([MS-XLSB]), from the records that a sheet needs.</summary>
internal static class XlsbFiles
{
    /// <param name="State">0: visible, 1: hidden, 2: very hidden.</param>
    public sealed record Sheet(string Name, byte[] Records, int State = 0);

    /// <summary>A sheet's records, by rows and columns from 0; a style is 0, or that of a format from 1.</summary>
    public static Sheet Of(string name, params byte[][] records) => new(name, [.. records.SelectMany(record => record)]);

    public static byte[] Row(int number, bool isHidden = false) => Record(0, [.. Wholes(number, 0), 0, 0, 0, (byte)(isHidden ? 0x10 : 0), 0, .. Wholes(0)]);

    public static byte[] Text(int column, int at) => Record(7, Wholes(column, 0, at));

    public static byte[] Inline(int column, string text) => Record(6, [.. Wholes(column, 0), .. Wide(text)]);

    public static byte[] Number(int column, double value, int style = 0) => Record(5, [.. Wholes(column, style), .. BitConverter.GetBytes(value)]);

    /// <summary>A whole number, or a hundredth of one.</summary>
    public static byte[] Packed(int column, int value, bool isHundredth = false, int style = 0) => Record(2, Wholes(column, style, (value << 2) | 2 | (isHundredth ? 1 : 0)));

    public static byte[] Truth(int column, bool value) => Record(4, [.. Wholes(column, 0), (byte)(value ? 1 : 0)]);

    public static byte[] Error(int column, byte code) => Record(3, [.. Wholes(column, 0), code]);

    public static byte[] HiddenColumn(int column) => Record(60, [.. Wholes(column, column, 0, 0), 1, 0]);

    public static byte[] Merged(int firstRow, int lastRow, int firstColumn, int lastColumn) => Record(176, Wholes(firstRow, lastRow, firstColumn, lastColumn));

    /// <param name="formats">Codes of the styles from 1 on; behind "~~" of one that is struck through.</param>
    public static byte[] Write(IReadOnlyList<string> strings, IReadOnlyList<string> formats, params Sheet[] sheets)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("xl/workbook.bin", [.. Record(153, Wholes(0, 0, 0)), .. sheets.SelectMany((sheet, i) => Record(156, [.. Wholes(sheet.State, i + 1), .. Wide($"rId{i}"), .. Wide(sheet.Name)]))]);
            Add("xl/_rels/workbook.bin.rels", Encoding.UTF8.GetBytes($"<Relationships>{string.Concat(sheets.Select((_, i) => $"<Relationship Id='rId{i}' Target='worksheets/sheet{i}.bin'/>"))}</Relationships>"));
            Add("xl/sharedStrings.bin", [.. strings.SelectMany(text => Record(19, [0, .. Wide(text)]))]);
            Add(
                "xl/styles.bin",
                [.. formats.SelectMany((code, i) => Record(44, [.. Halves(164 + i), .. Wide(code.Trim('~'))])), .. Record(43, Halves(220, 0)), .. Record(43, Halves(220, 8)), .. Record(617, Wholes(0)), .. Record(47, Halves(0, 0, 0)), .. formats.SelectMany((code, i) => Record(47, Halves(0, 164 + i, code.StartsWith('~') ? 1 : 0))), .. Record(618, [])]);
            foreach (var (i, sheet) in sheets.Index()) Add($"xl/worksheets/sheet{i}.bin", sheet.Records);

            void Add(string name, byte[] content)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return file.ToArray();
    }

    private static byte[] Record(int type, byte[] content) =>
        [.. type < 128 ? [(byte)type] : new byte[] { (byte)(type | 0x80), (byte)(type >> 7) }, (byte)(content.Length | 0x80), (byte)(content.Length >> 7), .. content];

    private static byte[] Wide(string text) => [.. Wholes(text.Length), .. Encoding.Unicode.GetBytes(text)];

    private static byte[] Halves(params int[] values) => [.. values.SelectMany(value => BitConverter.GetBytes((ushort)value))];

    private static byte[] Wholes(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}

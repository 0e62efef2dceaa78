using System.Buffers.Binary;
using System.Text;
using Serverless.Documents.Encodings;
using Serverless.Documents.Rtf;

namespace Serverless.Documents.Office97;

/// <summary>The text of documents of Word 6 and 95, whose formats are written otherwise: cells of a row stand between tabs, and nothing that was deleted is told from the rest.</summary>
internal static class OldWordText
{
    private const int Least = 0x168;
    private const int FirstOfSix = 101;
    private const int Macintosh = 256;
    private const int Western = 1252;

    public static ExtractedDocument Read(byte[] bytes, string? title, ReadingScope scope)
    {
        if (bytes.Length < Least || bytes is not [0xDC, 0xA5, ..] || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2)) < FirstOfSix) throw TooOld();
        var isComplex = (bytes[10] & 4) != 0;
        var (from, count) = (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(0x18)), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(0x34)));
        if (count < 0) throw new InvalidDataException();
        using var text = new MemoryStream();
        foreach (var (at, length) in isComplex ? Pieces(bytes) : [(from, count)])
        {
            if (text.Length >= count || at < 0 || at >= bytes.Length || length <= 0) continue;
            text.Write(bytes, at, Math.Min(Math.Min(length, count - (int)text.Length), bytes.Length - at));
            scope.CheckText(text.Length);
        }

        var builder = new ExtractedTextBuilder(scope);
        foreach (var paragraph in Paragraphs(Decode(text.ToArray(), bytes))) builder.AddBlock(paragraph);
        return builder.Build(title);
    }

    /// <summary>Whether a file begins as Word for DOS or Windows wrote it before it kept its documents in compound files.</summary>
    public static bool IsOlder(ReadOnlySpan<byte> content) => content is [0xDB, 0xA5, ..] or [0x9B, 0xA5, ..] or [0x31, 0xBE, 0, 0, ..];

    public static DocumentRejectedException TooOld() => new("Word documents of before Word 6 are not read: save it as .docx.");

    // On a Macintosh in its own code page; where Word says no other language than its own, the letters may.
    private static string Decode(byte[] text, ReadOnlySpan<byte> head)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(head[0x14..]) == Macintosh) return RtfCharsets.Encoding(10000).GetString(text);
        var page = CodePage(BinaryPrimitives.ReadUInt16LittleEndian(head[6..]) & 0x3FF);
        return (page == Western && text.AsSpan().ContainsAnyInRange((byte)0x80, (byte)0xFF) ? CodePageGuess.Decode(text) : null) ?? RtfCharsets.Encoding(page).GetString(text);
    }

    private static List<(int At, int Length)> Pieces(byte[] bytes)
    {
        var (at, length) = (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(0x160)), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(0x164)));
        if (at < 0 || length < 0 || (long)at + length > bytes.Length) throw new InvalidDataException();
        var table = WordPieces.Table(bytes.AsSpan(at, length));
        var count = (table.Length - 4) / 12;
        var pieces = new List<(int At, int Length)>(count);
        for (var i = 0; i < count; i++)
        {
            var (first, end) = (BinaryPrimitives.ReadInt32LittleEndian(table[(4 * i)..]), BinaryPrimitives.ReadInt32LittleEndian(table[(4 * (i + 1))..]));
            if (first < 0 || end < first) throw new InvalidDataException();
            pieces.Add((BinaryPrimitives.ReadInt32LittleEndian(table[((4 * (count + 1)) + (8 * i) + 2)..]), end - first));
        }

        return pieces;
    }

    // A row's end is a cell's end right behind another.
    private static IEnumerable<string> Paragraphs(string text)
    {
        var line = new StringBuilder();
        var fields = new BinaryWordFields();
        foreach (var c in text.Replace("\u0007\u0007", "\r", StringComparison.Ordinal))
        {
            if (c is '\r' or '\f')
            {
                fields.EndParagraph();
                if (!string.IsNullOrWhiteSpace(line.ToString())) yield return line.ToString();
                line.Clear();
            }
            else if (!fields.Takes(c) && !fields.IsInCode)
            {
                if (c is '\t' or '\u0007') line.Append('\t');
                else if (c == '\v') line.Append('\n');
                else if (c == '\u001E') line.Append('-');
                else if (c >= ' ') line.Append(c);
            }
        }

        if (!string.IsNullOrWhiteSpace(line.ToString())) yield return line.ToString();
    }

    // By the primary language ([MS-LCID]) of the program that wrote it.
    private static int CodePage(int language) => language switch
    {
        0x01 or 0x20 or 0x29 => 1256,
        0x02 or 0x19 or 0x22 or 0x23 or 0x2F => 1251,
        0x05 or 0x0E or 0x15 or 0x18 or 0x1A or 0x1B or 0x1C or 0x24 => 1250,
        0x08 => 1253,
        0x0D => 1255,
        0x1E => 874,
        0x1F or 0x2C => 1254,
        0x25 or 0x26 or 0x27 => 1257,
        0x2A => 1258,
        _ => Western,
    };
}

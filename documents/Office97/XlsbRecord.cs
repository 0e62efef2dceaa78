using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Office97;

/// <summary>A record of a part of a binary workbook ([MS-XLSB], section 2.1.4).</summary>
internal readonly record struct XlsbRecord(int Type, ReadOnlyMemory<byte> Content)
{
    public const int Row = 0, Rk = 2, Error = 3, Truth = 4, Real = 5, InlineText = 6, SharedText = 7, FormulaText = 8, FormulaReal = 9, FormulaTruth = 10, FormulaError = 11;
    public const int StringItem = 19, Font = 43, Format = 44, Style = 47, Column = 60, RichText = 62, Book = 153, Sheet = 156, Merged = 176, FirstStyle = 617, LastStyle = 618;

    private const int MostLengthBytes = 4;

    /// <summary>The records of a part, one after the other; what is cut off ends them.</summary>
    public static IEnumerable<XlsbRecord> Read(ReadOnlyMemory<byte> part)
    {
        for (var at = 0; at < part.Length;)
        {
            int type = part.Span[at++];
            if ((type & 0x80) != 0)
            {
                if (at >= part.Length) yield break;
                type = (type & 0x7F) | ((part.Span[at++] & 0x7F) << 7);
            }

            var length = 0;
            for (var i = 0; i < MostLengthBytes && at < part.Length; i++)
            {
                var digit = part.Span[at++];
                length |= (digit & 0x7F) << (7 * i);
                if ((digit & 0x80) == 0) break;
            }

            if (length > part.Length - at) yield break;
            yield return new XlsbRecord(type, part.Slice(at, length));
            at += length;
        }
    }

    /// <exception cref="InvalidDataException">It ends before; so of the others.</exception>
    public int Whole(int at) => BinaryPrimitives.ReadInt32LittleEndian(Bytes(at, 4));

    public int Half(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(at, 2));

    public byte Byte(int at) => Bytes(at, 1)[0];

    public double Number(int at) => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(at, 8));

    /// <summary>A number in four bytes: of 30 bits, whole or the first of a double, perhaps a hundred times what it is (section 2.5.122).</summary>
    public double Packed(int at)
    {
        var bits = Whole(at);
        var number = (bits & 2) != 0 ? bits >> 2 : BitConverter.Int64BitsToDouble((long)(bits & ~3) << 32);
        return (bits & 1) != 0 ? number / 100 : number;
    }

    /// <summary>A text behind its length in characters; moves behind it.</summary>
    public string Text(ref int at)
    {
        var length = Whole(at);
        at += 4;
        // None at all.
        if (length == -1) return string.Empty;
        if (length < 0 || length > Content.Length / 2) throw new InvalidDataException();
        var text = Encoding.Unicode.GetString(Bytes(at, 2 * length));
        at += 2 * length;
        return ExtractedTextBuilder.WithoutHalfPairs(text);
    }

    private ReadOnlySpan<byte> Bytes(int at, int count) => at + count <= Content.Length ? Content.Span.Slice(at, count) : throw new InvalidDataException();
}

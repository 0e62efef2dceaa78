using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Office97;

/// <summary>The characters of a document, which edits leave in pieces ([MS-DOC], section 2.4.1).</summary>
internal sealed class WordPieces
{
    private const int PieceBytes = 8;
    private const uint Narrow = 0x4000_0000;

    private static readonly string NarrowCharacters = CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetString([.. Enumerable.Range(0, 256).Select(value => (byte)value)]);

    private readonly byte[] _text;
    private readonly List<WordPiece> _pieces = [];

    /// <exception cref="InvalidDataException">It has none.</exception>
    public WordPieces(WordFile file)
    {
        _text = file.Text;
        var plc = Table(file.Part(WordFile.Pieces));
        var count = (plc.Length - 4) / (4 + PieceBytes);
        for (var i = 0; i < count; i++)
        {
            var (first, end) = (BinaryPrimitives.ReadInt32LittleEndian(plc[(4 * i)..]), BinaryPrimitives.ReadInt32LittleEndian(plc[(4 * (i + 1))..]));
            var place = BinaryPrimitives.ReadUInt32LittleEndian(plc[((4 * (count + 1)) + (PieceBytes * i) + 2)..]);
            var isNarrow = (place & Narrow) != 0;
            var at = (place & ~Narrow) / (isNarrow ? 2 : 1);
            if (first < 0 || end < first || (_pieces.Count > 0 && first != _pieces[^1].End)) throw new InvalidDataException();
            _pieces.Add(new WordPiece(first, end, (int)Math.Min(at, int.MaxValue / 2), isNarrow));
        }

        if (_pieces.Count == 0) throw new InvalidDataException();
    }

    /// <summary>Characters from a number on, each with its number and where its bytes stand. What the file lacks is left out.</summary>
    public IEnumerable<(int Number, int At, char Character)> Read(int from, int count)
    {
        var end = (int)Math.Min(int.MaxValue, (long)from + count);
        foreach (var piece in _pieces)
        {
            if (piece.End <= from) continue;
            if (piece.First >= end) yield break;
            for (var number = Math.Max(piece.First, from); number < Math.Min(piece.End, end); number++)
            {
                var at = piece.At + ((long)(number - piece.First) * (piece.IsNarrow ? 1 : 2));
                if (at + (piece.IsNarrow ? 1 : 2) > _text.Length) break;
                yield return (number, (int)at, piece.IsNarrow ? NarrowCharacters[_text[at]] : (char)BinaryPrimitives.ReadUInt16LittleEndian(_text.AsSpan((int)at)));
            }
        }
    }

    // Formats that pieces share stand before it.
    internal static ReadOnlySpan<byte> Table(ReadOnlySpan<byte> bytes)
    {
        while (bytes is [1, ..])
        {
            if (bytes.Length < 3) throw new InvalidDataException();
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]);
            if (bytes.Length < 3 + length) throw new InvalidDataException();
            bytes = bytes[(3 + length)..];
        }

        if (bytes.Length < 9 || bytes[0] != 2) throw new InvalidDataException();
        var size = BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]);
        return size >= 4 && size <= bytes.Length - 5 ? bytes.Slice(5, size) : throw new InvalidDataException();
    }
}

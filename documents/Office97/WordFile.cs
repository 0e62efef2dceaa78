using System.Buffers.Binary;
using Serverless.Documents.Compound;

namespace Serverless.Documents.Office97;

/// <summary>The streams of a document of Word 97 to 2003 and what its first bytes, the FIB, say of them ([MS-DOC], section 2.5).</summary>
internal sealed class WordFile
{
    // Numbers of parts, each a pair of place and length (section 2.5.6).
    public const int Styles = 1, FootnoteCalls = 2, FootnoteTexts = 3, CharacterPages = 12, ParagraphPages = 13, Fonts = 15, Pieces = 33, EndnoteCalls = 46, EndnoteTexts = 47, Lists = 73, ListOverrides = 74;

    private const int FirstPart = 0x9A;
    private const int LeastBytes = FirstPart + (8 * (ListOverrides + 1));

    private readonly byte[] _table;

    /// <exception cref="InvalidDataException">It has no such streams.</exception>
    public WordFile(byte[] text, CompoundFile file)
    {
        if (text.Length < LeastBytes) throw new InvalidDataException();
        Text = text;
        _table = file.Read((Flags(text) & 0x0200) != 0 ? "1Table" : "0Table") ?? throw new InvalidDataException();
        Data = file.Read("Data") ?? [];
    }

    /// <summary>The stream that holds the text and the pages of its formats.</summary>
    public byte[] Text { get; }

    /// <summary>The stream that holds what is too long for these.</summary>
    public byte[] Data { get; }

    // Lengths of the document's texts in characters, in the order in which they follow one another (section 2.5.4).
    public int Main => Length(0x4C);

    public int Footnotes => Length(0x50);

    /// <summary>Where the endnotes begin: behind running heads, macros and comments.</summary>
    public int EndnotesFrom => Checked((long)Main + Footnotes + Length(0x54) + Length(0x58) + Length(0x5C));

    public int Endnotes => Length(0x60);

    public int BoxesFrom => Checked((long)EndnotesFrom + Endnotes);

    public int Boxes => Length(0x64);

    public static bool IsEncrypted(ReadOnlySpan<byte> text) => (Flags(text) & 0x0100) != 0;

    /// <summary>Whether it is as Word 97 and later wrote it.</summary>
    public static bool Is(ReadOnlySpan<byte> text) => text is [0xEC, 0xA5, ..] && BinaryPrimitives.ReadUInt16LittleEndian(text[2..]) >= 0xC1;

    /// <summary>A part of the table stream; empty where the document has none.</summary>
    public ReadOnlySpan<byte> Part(int number) => Rest(number) is var rest && PartLength(number) is var length && length <= rest.Length ? rest[..length] : [];

    /// <summary>A part and all that follows it: what belongs to lists is not counted among their bytes.</summary>
    public ReadOnlySpan<byte> Rest(int number)
    {
        var at = BinaryPrimitives.ReadInt32LittleEndian(Text.AsSpan(FirstPart + (8 * number)));
        return at < 0 || at >= _table.Length || PartLength(number) == 0 ? [] : _table.AsSpan(at);
    }

    /// <summary>The numbers of characters at which a part's entries begin, and one where the last ends (section 2.2.2).</summary>
    /// <param name="size">Bytes that each entry has beside.</param>
    public int[] Places(int part, int size)
    {
        var bytes = Part(part);
        var places = new int[bytes.Length < 4 ? 0 : ((bytes.Length - 4) / (4 + size)) + 1];
        for (var i = 0; i < places.Length; i++) places[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
        return places;
    }

    private static int Flags(ReadOnlySpan<byte> text) => text.Length < 12 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(text[10..]);

    private static int Checked(long place) => place is >= 0 and < int.MaxValue ? (int)place : throw new InvalidDataException();

    private int PartLength(int number) => Math.Max(0, BinaryPrimitives.ReadInt32LittleEndian(Text.AsSpan(FirstPart + (8 * number) + 4)));

    private int Length(int at) => BinaryPrimitives.ReadInt32LittleEndian(Text.AsSpan(at)) is >= 0 and var length ? length : throw new InvalidDataException();
}

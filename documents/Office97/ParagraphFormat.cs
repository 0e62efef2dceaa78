using System.Buffers.Binary;
using Serverless.Documents.OpenDocument;

namespace Serverless.Documents.Office97;

/// <summary>What is read of a paragraph's format ([MS-DOC], section 2.6.2).</summary>
internal sealed record ParagraphFormat
{
    // A change that points to changes, which may point on.
    private const int MostPointers = 4;

    /// <summary>The number of its style.</summary>
    public int Style { get; init; }

    public bool InTable { get; set; }

    public bool IsRowEnd { get; set; }

    /// <summary>Whether it ends a cell of a table within a cell.</summary>
    public bool IsInnerCellEnd { get; set; }

    public bool IsInnerRowEnd { get; set; }

    /// <summary>From 0; null where it says nothing of it.</summary>
    public int? Outline { get; set; }

    /// <summary>The number of its list's place; 0 for no list; null where it says nothing of it.</summary>
    public int? List { get; set; }

    public int? ListLevel { get; set; }

    /// <summary>The cells of the row that it ends.</summary>
    public WordRow Row { get; } = new();

    /// <param name="format">The number of a style, then changes.</param>
    public static ParagraphFormat Read(ReadOnlySpan<byte> format, byte[] data)
    {
        var paragraph = new ParagraphFormat { Style = format.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(format) };
        if (format.Length > 2) paragraph.Apply(format[2..], data, 0);
        return paragraph;
    }

    /// <param name="data">The stream that long changes stand in.</param>
    public void Apply(ReadOnlySpan<byte> changes, byte[] data, int pointers)
    {
        var modifiers = new WordModifiers(changes);
        while (modifiers.Next())
        {
            switch (modifiers.Code)
            {
                case 0x2416:
                    InTable = modifiers.Value != 0;
                    break;
                case 0x2417:
                    IsRowEnd = modifiers.Value != 0;
                    break;
                case 0x244B:
                    IsInnerCellEnd = modifiers.Value != 0;
                    break;
                case 0x244C:
                    IsInnerRowEnd = modifiers.Value != 0;
                    break;
                case 0x2640:
                    Outline = modifiers.Value;
                    break;
                case 0x260A:
                    ListLevel = modifiers.Value;
                    break;
                case 0x460B:
                    List = modifiers.Value;
                    break;
                case 0x6646 when pointers < MostPointers && modifiers.Value is >= 0 and var at && at + 2 <= data.Length:
                    var length = BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(at));
                    if (at + 2 + length <= data.Length) Apply(data.AsSpan(at + 2, length), data, pointers + 1);
                    break;
                default:
                    Row.Take(modifiers.Code, modifiers.Operand);
                    break;
            }
        }
    }
}

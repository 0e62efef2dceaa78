using System.Buffers.Binary;

namespace Serverless.Documents.Office97;

/// <summary>A record of a presentation or of what is drawn in it ([MS-PPT], section 2.3.1): a container holds others.</summary>
internal readonly record struct SlideRecord(int Type, int Instance, ReadOnlyMemory<byte> Content)
{
    private const int HeaderBytes = 8;

    /// <summary>What follows one another in a stretch of bytes; one that reaches beyond it is cut, and the last.</summary>
    public static IEnumerable<SlideRecord> Read(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length >= HeaderBytes)
        {
            var record = First(bytes);
            yield return record;
            bytes = bytes[(HeaderBytes + record.Content.Length)..];
        }
    }

    /// <summary>The record at a place; null where there is none of the type.</summary>
    public static SlideRecord? At(ReadOnlyMemory<byte> bytes, long at, int type) =>
        at >= 0 && at + HeaderBytes <= bytes.Length && First(bytes[(int)at..]) is var record && record.Type == type ? record : null;

    /// <summary>The first record of a type that this one holds; null where it holds none.</summary>
    public SlideRecord? Child(int type)
    {
        foreach (var child in Read(Content))
        {
            if (child.Type == type) return child;
        }

        return null;
    }

    /// <summary>A number of four bytes in it; 0 where it ends before.</summary>
    public int Whole(int at) => at + 4 <= Content.Length ? BinaryPrimitives.ReadInt32LittleEndian(Content.Span[at..]) : 0;

    private static SlideRecord First(ReadOnlyMemory<byte> bytes)
    {
        var head = bytes.Span;
        var length = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(head[4..]), (uint)(bytes.Length - HeaderBytes));
        return new SlideRecord(BinaryPrimitives.ReadUInt16LittleEndian(head[2..]), BinaryPrimitives.ReadUInt16LittleEndian(head) >> 4, bytes.Slice(HeaderBytes, (int)length));
    }
}

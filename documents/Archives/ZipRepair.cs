using System.Buffers.Binary;

namespace Serverless.Documents.Archives;

/// <summary>
/// Mends an archive (PKWARE's APPNOTE 6.3.10) whose directory is lost or lies, as of a download that was cut off or of one with a program before it: what stands before each file, which says the same, makes another.
/// Of a file that was cut off its beginning is there.
/// </summary>
internal static class ZipRepair
{
    private const int LocalBytes = 30;
    private const int CentralBytes = 46;
    private const int EndBytes = 22;
    private const ushort HasDescriptor = 8;
    private const int MaxFiles = ushort.MaxValue - 1;

    /// <summary>For a length that is not known: unpacking ends where the data does.</summary>
    private const uint Unknown = uint.MaxValue - 1;

    /// <summary>Its files behind one another and a directory of them; null where it has none.</summary>
    public static byte[]? Mend(ReadOnlySpan<byte> file)
    {
        using var files = new MemoryStream();
        using var directory = new MemoryStream();
        var count = 0;
        for (var at = 0; count < MaxFiles && Next(file, at, "PK\x03\x04"u8) is { } start && start + LocalBytes <= file.Length; count++)
        {
            var local = file[start..];
            var names = BinaryPrimitives.ReadUInt16LittleEndian(local[26..]);
            var data = (long)start + LocalBytes + names + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
            if (data > file.Length) break;
            var (packed, length) = Lengths(file, local, (int)data);
            Add(local, names, file[(int)data..((int)data + packed)], length, files, directory);
            at = (int)data + packed;
        }

        if (count == 0) return null;
        var directoryStart = (uint)files.Length;
        directory.WriteTo(files);
        Span<byte> end = stackalloc byte[EndBytes];
        end.Clear();
        "PK\x05\x06"u8.CopyTo(end);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], directoryStart);
        files.Write(end);
        return files.ToArray();
    }

    private static void Add(ReadOnlySpan<byte> local, int names, ReadOnlySpan<byte> data, uint length, MemoryStream files, MemoryStream directory)
    {
        var flags = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(local[6..]) & ~HasDescriptor);
        Span<byte> head = stackalloc byte[CentralBytes];
        head.Clear();
        "PK\x01\x02"u8.CopyTo(head);
        head[4] = head[6] = local[4];
        BinaryPrimitives.WriteUInt16LittleEndian(head[8..], flags);
        // Packed how, when, and the sum.
        local[8..18].CopyTo(head[10..]);
        BinaryPrimitives.WriteUInt32LittleEndian(head[20..], (uint)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[24..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(head[28..], (ushort)names);
        BinaryPrimitives.WriteUInt32LittleEndian(head[42..], (uint)files.Length);
        directory.Write(head);
        directory.Write(local.Slice(LocalBytes, names));
        Span<byte> own = stackalloc byte[LocalBytes];
        local[..LocalBytes].CopyTo(own);
        BinaryPrimitives.WriteUInt16LittleEndian(own[6..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(own[18..], (uint)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(own[22..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(own[28..], 0);
        files.Write(own);
        files.Write(local.Slice(LocalBytes, names));
        files.Write(data);
    }

    // Bytes of the packed data, and of what they unpack to. Where they stand behind the data, the data ends where the next thing begins.
    private static (int Packed, uint Length) Lengths(ReadOnlySpan<byte> file, ReadOnlySpan<byte> local, int data)
    {
        var packed = BinaryPrimitives.ReadUInt32LittleEndian(local[18..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(local[22..]);
        var left = file.Length - data;
        var isStored = BinaryPrimitives.ReadUInt16LittleEndian(local[8..]) == 0;
        if ((BinaryPrimitives.ReadUInt16LittleEndian(local[6..]) & HasDescriptor) == 0 && packed < Unknown) return packed <= left ? ((int)packed, length) : (left, isStored ? (uint)left : length);
        var end = End(file, data);
        return (end - data, isStored ? (uint)(end - data) : Unknown);
    }

    // Where the lengths of a file that was streamed stand, another file begins, or the directory.
    private static int End(ReadOnlySpan<byte> file, int from)
    {
        for (var at = from; file[at..].IndexOf("PK"u8) is >= 0 and var next; at += 2)
        {
            at += next;
            if (file[at..] is [_, _, 7, 8, ..] or [_, _, 3, 4, ..] or [_, _, 1, 2, ..]) return at;
        }

        return file.Length;
    }

    private static int? Next(ReadOnlySpan<byte> file, int from, ReadOnlySpan<byte> sign) => file[from..].IndexOf(sign) is >= 0 and var at ? from + at : null;
}

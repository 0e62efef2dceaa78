using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Tests;

/// <summary>Compound files ([MS-CFB], version 3).</summary>
internal static class CompoundFiles
{
    private const int Sector = 512, Mini = 64, Cutoff = 4096;
    private const uint End = 0xFFFFFFFE, None = 0xFFFFFFFF, OfTable = 0xFFFFFFFD;

    /// <param name="Parts">What a storage holds; null for a stream.</param>
    public sealed record Item(string Name, byte[] Content, IReadOnlyList<Item>? Parts = null);

    public static Item Storage(string name, params IReadOnlyList<Item> parts) => new(name, [], parts);

    public static byte[] Write(params IReadOnlyList<Item> items)
    {
        var entries = new List<byte[]>();
        var (mini, miniTable, sectors, table) = (new MemoryStream(), new List<uint>(), new List<byte[]>(), new List<uint>());
        Add("Root Entry", 5);
        var first = AddAll(items);
        Set(0, 0x4C, first);
        var (start, length) = (Keep(mini.ToArray()), mini.Length);
        Set(0, 0x74, length == 0 ? End : start);
        Set(0, 0x78, (uint)length);
        while (entries.Count % 4 != 0) Add(string.Empty, 0);
        var directory = Keep(entries.SelectMany(entry => entry).ToArray());
        while (miniTable.Count % 128 != 0) miniTable.Add(None);
        var miniStart = miniTable.Count == 0 ? End : Keep(miniTable.SelectMany(BitConverter.GetBytes).ToArray());
        var tables = 0;
        while ((table.Count + tables + 127) / 128 > tables) tables++;
        var firstTable = table.Count;
        for (var i = 0; i < tables; i++) table.Add(OfTable);
        while (table.Count % 128 != 0) table.Add(None);

        var file = new MemoryStream();
        var header = new byte[Sector];
        ((byte[])[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).CopyTo(header, 0);
        (header[0x18], header[0x1A], header[0x1C], header[0x1D], header[0x1E], header[0x20]) = (0x3E, 3, 0xFE, 0xFF, 9, 6);
        foreach (var (at, value) in (ReadOnlySpan<(int, uint)>)[(0x2C, (uint)tables), (0x30, directory), (0x38, Cutoff), (0x3C, miniStart), (0x40, (uint)(miniTable.Count / 128)), (0x44, End)])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(at), value);
        }

        for (var i = 0; i < 109; i++) BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x4C + (4 * i)), i < tables ? (uint)(firstTable + i) : None);
        file.Write(header);
        foreach (var sector in sectors) file.Write(sector);
        foreach (var number in table) file.Write(BitConverter.GetBytes(number));
        return file.ToArray();

        int Add(string name, byte type)
        {
            var entry = new byte[128];
            Encoding.Unicode.GetBytes(name).CopyTo(entry, 0);
            entry[0x40] = (byte)(name.Length == 0 ? 0 : (name.Length + 1) * 2);
            entry[0x42] = type;
            entries.Add(entry);
            foreach (var at in (int[])[0x44, 0x48, 0x4C]) Set(entries.Count - 1, at, None);
            return entries.Count - 1;
        }

        void Set(int entry, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(entries[entry].AsSpan(at), value);

        // A chain of right siblings is a tree too.
        uint AddAll(IReadOnlyList<Item> parts)
        {
            int? before = null;
            var head = None;
            foreach (var part in parts)
            {
                var at = Add(part.Name, (byte)(part.Parts is null ? 2 : 1));
                if (before is { } left) Set(left, 0x48, (uint)at);
                else head = (uint)at;
                before = at;
                if (part.Parts is { } inner)
                {
                    var child = AddAll(inner);
                    Set(at, 0x4C, child);
                    continue;
                }

                Set(at, 0x74, part.Content.Length == 0 ? End : part.Content.Length < Cutoff ? KeepMini(part.Content) : Keep(part.Content));
                Set(at, 0x78, (uint)part.Content.Length);
            }

            return head;
        }

        uint Keep(byte[] content) => Chained(content, Sector, table, sectors.Add);

        uint KeepMini(byte[] content) => Chained(content, Mini, miniTable, part => mini.Write(part));

        static uint Chained(byte[] content, int size, List<uint> chain, Action<byte[]> add)
        {
            var at = (uint)chain.Count;
            for (var from = 0; from < content.Length; from += size)
            {
                var part = new byte[size];
                content.AsSpan(from, Math.Min(size, content.Length - from)).CopyTo(part);
                add(part);
                chain.Add(from + size < content.Length ? (uint)chain.Count + 1 : End);
            }

            return at;
        }
    }
}

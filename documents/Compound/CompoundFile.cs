using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Compound;

/// <summary>A file of storages and streams, as Outlook and Office of before 2007 write them ([MS-CFB]). Chains that lead in a circle or out of the file end it.</summary>
internal sealed class CompoundFile
{
    private const int HeaderBytes = 512;
    private const int EntryBytes = 128;
    private const int MaxEntries = 20_000;
    private const uint Last = 0xFFFFFFFA;
    private const uint NoEntry = 0xFFFFFFFF;

    private readonly ReadOnlyMemory<byte> _content;
    private readonly ReadingScope _scope;
    private readonly int _shift;
    private readonly int _miniShift;
    private readonly uint _miniCutoff;
    private readonly List<uint> _fat = [];
    private readonly List<uint> _miniFat = [];
    private byte[]? _miniStream;

    /// <exception cref="InvalidDataException">It is none, or broken.</exception>
    /// <exception cref="DocumentRejectedException">It unpacks to more than is permitted.</exception>
    public CompoundFile(ReadOnlyMemory<byte> content, ReadingScope scope)
    {
        (_content, _scope) = (content, scope);
        if (content.Length < HeaderBytes || !Is(content.Span)) throw new InvalidDataException();
        var header = content.Span[..HeaderBytes];
        (_shift, _miniShift) = (BinaryPrimitives.ReadUInt16LittleEndian(header[0x1E..]), BinaryPrimitives.ReadUInt16LittleEndian(header[0x20..]));
        if (_shift is not (9 or 12) || _miniShift != 6) throw new InvalidDataException();
        _miniCutoff = Whole(header, 0x38);
        ReadFat(header);
        var directory = Read(Chain(Whole(header, 0x30), _fat, Sectors), long.MaxValue);
        foreach (var sector in Chain(Whole(header, 0x3C), _fat, Sectors)) AddNumbers(sector, _miniFat, Sectors << (_shift - _miniShift));
        Root = Tree(directory);
    }

    public CompoundEntry Root { get; }

    private long Sectors => (_content.Length >> _shift) + 1;

    /// <summary>Whether a file begins as one.</summary>
    public static bool Is(ReadOnlySpan<byte> content) => content is [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..];

    /// <summary>All of the stream at the root that has a name; null where there is none.</summary>
    /// <inheritdoc cref="Read(CompoundEntry)"/>
    public byte[]? Read(string name) => Root.Children.TryGetValue(name, out var entry) && entry.IsStream ? Read(entry) : null;

    /// <summary>All of a stream.</summary>
    /// <exception cref="InvalidDataException">Its chain is broken.</exception>
    public byte[] Read(CompoundEntry stream)
    {
        if (stream.Length == 0) return [];
        if (stream.Length >= _miniCutoff) return Read(Chain(stream.First, _fat, Sectors), stream.Length);
        _miniStream ??= Read(Chain(Root.First, _fat, Sectors), Root.Length);
        var bytes = new MemoryStream();
        foreach (var sector in Chain(stream.First, _miniFat, _miniFat.Count))
        {
            var from = (long)sector << _miniShift;
            if (from >= _miniStream.Length) throw new InvalidDataException();
            Append(bytes, _miniStream.AsSpan((int)from, (int)Math.Min(1 << _miniShift, _miniStream.Length - from)), stream.Length);
        }

        return bytes.Length == stream.Length ? bytes.ToArray() : throw new InvalidDataException();
    }

    private byte[] Read(IEnumerable<uint> chain, long length)
    {
        var bytes = new MemoryStream();
        foreach (var sector in chain) Append(bytes, Sector(sector), length);
        return bytes.ToArray();
    }

    private void Append(MemoryStream bytes, ReadOnlySpan<byte> sector, long length)
    {
        var part = sector[..(int)Math.Min(sector.Length, Math.Max(0, length - bytes.Length))];
        _scope.CountUnpacked(part.Length);
        bytes.Write(part);
    }

    // The first 109 sectors of the table of chains stand in the header, the others in a chain of their own.
    private void ReadFat(ReadOnlySpan<byte> header)
    {
        for (var at = 0x4C; at < HeaderBytes; at += 4)
        {
            if (Whole(header, at) is < Last and var sector) AddNumbers(sector, _fat, Sectors);
        }

        var next = Whole(header, 0x44);
        for (long count = 0; next < Last; count++)
        {
            if (count > Sectors) throw new InvalidDataException();
            var sector = Sector(next);
            for (var at = 0; at + 8 <= sector.Length; at += 4)
            {
                if (Whole(sector, at) is < Last and var table) AddNumbers(table, _fat, Sectors);
            }

            next = Whole(sector, sector.Length - 4);
        }
    }

    private void AddNumbers(uint sector, List<uint> numbers, long most)
    {
        _scope.Check();
        var bytes = Sector(sector);
        if (numbers.Count > most + bytes.Length) throw new InvalidDataException();
        for (var at = 0; at + 4 <= bytes.Length; at += 4) numbers.Add(Whole(bytes, at));
    }

    private static IEnumerable<uint> Chain(uint first, List<uint> table, long longest)
    {
        for (var sector = first; sector < Last; sector = table[(int)sector])
        {
            if (longest-- < 0 || sector >= table.Count) throw new InvalidDataException();
            yield return sector;
        }
    }

    // The last one may be cut off.
    private ReadOnlySpan<byte> Sector(uint number)
    {
        var from = ((long)number + 1) << _shift;
        if (from >= _content.Length) throw new InvalidDataException();
        return _content.Span.Slice((int)from, (int)Math.Min(1 << _shift, _content.Length - from));
    }

    private CompoundEntry Tree(byte[] directory)
    {
        var count = directory.Length / EntryBytes;
        if (count is 0 or > MaxEntries) throw new InvalidDataException();
        var root = Entry(directory, 0);
        var seen = new bool[count];
        seen[0] = true;
        var open = new Stack<(uint Number, CompoundEntry Storage)>();
        open.Push((Whole(directory, 0x4C), root));
        while (open.TryPop(out var next))
        {
            // Seen twice: a circle.
            if (next.Number == NoEntry) continue;
            if (next.Number >= count || seen[next.Number]) throw new InvalidDataException();
            seen[next.Number] = true;
            var at = (int)next.Number * EntryBytes;
            var entry = Entry(directory, at);
            next.Storage.Children.TryAdd(entry.Name, entry);
            open.Push((Whole(directory, at + 0x44), next.Storage));
            open.Push((Whole(directory, at + 0x48), next.Storage));
            if (!entry.IsStream) open.Push((Whole(directory, at + 0x4C), entry));
        }

        return root;
    }

    private CompoundEntry Entry(byte[] directory, int at)
    {
        var name = Math.Clamp(BinaryPrimitives.ReadUInt16LittleEndian(directory.AsSpan(at + 0x40)) - 2, 0, 62);
        var length = _shift == 9 ? Whole(directory, at + 0x78) : BinaryPrimitives.ReadInt64LittleEndian(directory.AsSpan(at + 0x78));
        if (length < 0) throw new InvalidDataException();
        return new CompoundEntry(Encoding.Unicode.GetString(directory, at, name), directory[at + 0x42] == 2, Whole(directory, at + 0x74), length);
    }

    private static uint Whole(ReadOnlySpan<byte> bytes, int at) => at + 4 <= bytes.Length ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) : throw new InvalidDataException();
}

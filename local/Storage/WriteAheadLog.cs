using System.Buffers.Binary;

namespace Serverless.Local.Storage;

/// <summary>
/// SQLite's write-ahead log, as https://www.sqlite.org/fileformat2.html#the_write_ahead_log has it. SQLite reads one up to the first frame that does not
/// fit and passes over the rest in silence, which is right for a transaction that a kill cut off and loses what was committed where the file is damaged.
/// </summary>
internal static class WriteAheadLog
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint Magic = 0x377f0682;

    // Of the index beside the log (https://www.sqlite.org/walformat.html): how many frames are committed, the salts of the log that it indexes, and how many are in the database too.
    private const int IndexFrames = 16;
    private const int IndexSalts = 32;
    private const int IndexCopied = 96;
    private const int IndexBytes = 100;

    /// <summary>Whether the log lacks what was committed: its header or a frame before its end does not fit, or it has fewer frames than its index says. An absent one is whole.</summary>
    /// <param name="database">The database's path; the log is NAME-wal and its index NAME-shm beside it.</param>
    public static bool IsDamaged(string database)
    {
        var log = database + "-wal";
        if (!File.Exists(log)) return false;
        var bytes = File.ReadAllBytes(log);
        var index = Index(database);
        if (bytes.Length == 0) return index is not null && BitConverter.ToUInt32(index, IndexFrames) > BitConverter.ToUInt32(index, IndexCopied);
        if (bytes.Length < HeaderBytes || !HeaderFits(bytes, out var isBigEndian, out var pageBytes)) return true;
        var salts = bytes.AsSpan(16, 8);
        var frames = (bytes.Length - HeaderBytes) / (FrameHeaderBytes + pageBytes);
        var whole = WholeFrames(bytes, frames, pageBytes, isBigEndian);
        if (index is not null && index.AsSpan(IndexSalts, 8).SequenceEqual(salts) && whole < BitConverter.ToUInt32(index, IndexFrames)) return true;
        for (var i = whole + 1; i < frames; i++)
        {
            if (SaltsOf(bytes, i, pageBytes).SequenceEqual(salts)) return true;
        }

        return false;
    }

    private static bool HeaderFits(byte[] bytes, out bool isBigEndian, out int pageBytes)
    {
        var magic = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        isBigEndian = (magic & 1) == 1;
        pageBytes = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8));
        if ((magic & ~1u) != Magic || pageBytes is < 512 or > 65536) return false;
        var sums = Sum(bytes.AsSpan(0, 24), (0, 0), isBigEndian);
        return sums == Sums(bytes.AsSpan(24));
    }

    /// <summary>How many frames from the first fit, each by its salts and by the checksum of all before it.</summary>
    private static int WholeFrames(byte[] bytes, int frames, int pageBytes, bool isBigEndian)
    {
        var sums = Sums(bytes.AsSpan(24));
        for (var i = 0; i < frames; i++)
        {
            if (!SaltsOf(bytes, i, pageBytes).SequenceEqual(bytes.AsSpan(16, 8))) return i;
            var frame = bytes.AsSpan(At(i, pageBytes), FrameHeaderBytes + pageBytes);
            sums = Sum(frame[FrameHeaderBytes..], Sum(frame[..8], sums, isBigEndian), isBigEndian);
            if (sums != Sums(frame[16..])) return i;
        }

        return frames;
    }

    /// <summary>The beginning of what the process that wrote last kept in memory; null where there is none. In the machine's own byte order.</summary>
    private static byte[]? Index(string database)
    {
        if (!File.Exists(database + "-shm")) return null;
        var bytes = new byte[IndexBytes];
        using var file = new FileStream(database + "-shm", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return file.ReadAtLeast(bytes, IndexBytes, throwOnEndOfStream: false) == IndexBytes ? bytes : null;
    }

    private static int At(int frame, int pageBytes) => HeaderBytes + (frame * (FrameHeaderBytes + pageBytes));

    private static ReadOnlySpan<byte> SaltsOf(byte[] bytes, int frame, int pageBytes) => bytes.AsSpan(At(frame, pageBytes) + 8, 8);

    private static (uint, uint) Sums(ReadOnlySpan<byte> bytes) => (BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));

    private static (uint First, uint Second) Sum(ReadOnlySpan<byte> bytes, (uint First, uint Second) sums, bool isBigEndian)
    {
        var (first, second) = sums;
        for (var i = 0; i < bytes.Length; i += 8)
        {
            first += Word(bytes[i..]) + second;
            second += Word(bytes[(i + 4)..]) + first;
        }

        return (first, second);

        uint Word(ReadOnlySpan<byte> word) => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(word) : BinaryPrimitives.ReadUInt32LittleEndian(word);
    }
}

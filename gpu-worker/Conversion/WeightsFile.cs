using System.Security.Cryptography;

namespace Serverless.GpuWorker.Conversion;

/// <summary>A file of weights as it grows, and the hash of what it holds so far.</summary>
internal sealed class WeightsFile : IDisposable
{
    private static readonly byte[] Zeros = new byte[ConversionLayout.Alignment];

    private readonly IOutputStorage _storage;
    private readonly IncrementalHash _hash;
    private readonly Stream _stream;

    private WeightsFile(IOutputStorage storage, string path, IncrementalHash hash, long length)
    {
        _storage = storage;
        _hash = hash;
        _stream = storage.Append(path, length);
        Length = length;
    }

    public long Length { get; private set; }

    /// <summary>SHA-256 of what has been written, in hexadecimal.</summary>
    public string Sha256 => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Opens the file at the end of what <paramref name="last"/> says of it; null where its bytes are not those.</summary>
    /// <param name="last">Null for a file of which nothing is written yet.</param>
    public static WeightsFile? Open(IOutputStorage storage, string path, JournalEntry? last)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (last is null || (Hash(path, last.Length, hash) && Convert.ToHexStringLower(hash.GetCurrentHash()) == last.Sha256))
            return new WeightsFile(storage, path, hash, last?.Length ?? 0);

        hash.Dispose();
        return null;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>Writes zeros up to <paramref name="offset"/>, less than a page away.</summary>
    public void PadTo(long offset)
    {
        if (offset > Length)
            Write(Zeros.AsSpan(0, (int)(offset - Length)));
    }

    public void Sync() => _storage.Sync(_stream);

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }

    private static bool Hash(string path, long length, IncrementalHash hash)
    {
        if (!File.Exists(path))
            return false;

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var buffer = new byte[1 << 20];
        while (length > 0)
        {
            int read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0)
                return false;

            hash.AppendData(buffer, 0, read);
            length -= read;
        }
        return true;
    }
}

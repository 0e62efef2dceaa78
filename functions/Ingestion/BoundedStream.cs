namespace Serverless.Functions.Ingestion;

/// <summary>Reads another stream to a limit; beyond it reading fails, so that nobody takes the part for the whole.</summary>
internal sealed class BoundedStream(Stream inner, long most) : Stream
{
    /// <summary>Bytes read so far.</summary>
    public long Seen { get; private set; }

    public bool IsExceeded => Seen > most;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Seen;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Counted(await inner.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Counted(inner.Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Counted(int read)
    {
        Seen += read;
        return IsExceeded ? throw new InvalidDataException($"More than {most} bytes.") : read;
    }
}

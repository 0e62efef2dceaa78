namespace Serverless.Documents;

/// <summary>Reads another stream forward and counts what it gives. Whoever derives from it may fail a read: then nobody takes the part for the whole.</summary>
public abstract class CountedStream(Stream inner) : Stream
{
    /// <summary>Bytes read so far.</summary>
    public long Seen { get; private set; }

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

    public override int Read(Span<byte> buffer) => Counted(inner.Read(buffer));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Throws where what has been read is too much.</summary>
    /// <param name="read">Bytes of this read, which <see cref="Seen"/> counts already.</param>
    protected abstract void Check(int read);

    private int Counted(int read)
    {
        Seen += read;
        Check(read);
        return read;
    }
}

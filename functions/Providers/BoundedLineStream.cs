namespace Serverless.Functions.Providers;

/// <summary>Reads through, and fails when a line grows past a bound: a provider must not be able to fill our memory.</summary>
internal sealed class BoundedLineStream(Stream inner, int maxLineBytes) : Stream
{
    private long _line;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Count(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Count(buffer.AsSpan(offset, read));
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Count(ReadOnlySpan<byte> bytes)
    {
        // A line within one read is no longer than the reader's buffer; only what continues is counted up.
        var last = bytes.LastIndexOfAny((byte)'\n', (byte)'\r');
        _line = last < 0 ? _line + bytes.Length : bytes.Length - last - 1;
        if (_line > maxLineBytes) throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }
}

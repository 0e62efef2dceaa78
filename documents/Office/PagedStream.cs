namespace Serverless.Documents.Office;

/// <summary>Bytes that are written, and then read from the beginning: in pages, so that growing copies nothing, each let go of when it has been read.</summary>
internal sealed class PagedStream : Stream
{
    private const int PageBytes = 64 * 1024;

    private readonly Queue<byte[]> _pages = new();
    private byte[] _last = [];
    private int _written = PageBytes;
    private int _read;
    private long _length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>Bytes that are left to be read.</summary>
    public override long Length => _length;

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _length += buffer.Length;
        while (buffer.Length > 0)
        {
            if (_written == PageBytes)
            {
                _pages.Enqueue(_last = new byte[PageBytes]);
                _written = 0;
            }

            var count = Math.Min(buffer.Length, PageBytes - _written);
            buffer[..count].CopyTo(_last.AsSpan(_written));
            _written += count;
            buffer = buffer[count..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_length == 0) return 0;
        var count = (int)Math.Min(Math.Min(buffer.Length, PageBytes - _read), _length);
        _pages.Peek().AsSpan(_read, count).CopyTo(buffer);
        _length -= count;
        _read += count;
        if (_read < PageBytes) return count;
        _pages.Dequeue();
        _read = 0;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

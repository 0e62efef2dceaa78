using System.Collections.Concurrent;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>A pipe in memory, as the system's are: reading blocks, and a broken one ends reading and refuses writing.</summary>
internal sealed class LinkStream : Stream
{
    private readonly BlockingCollection<byte[]> _pieces = [];
    private byte[] _current = [];
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>What was written can still be read, then the stream ends.</summary>
    public void Break() => _pieces.CompleteAdding();

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_at == _current.Length)
        {
            if (!_pieces.TryTake(out var next, Timeout.Infinite)) return 0;
            (_current, _at) = (next, 0);
        }

        var taken = Math.Min(count, _current.Length - _at);
        Array.Copy(_current, _at, buffer, offset, taken);
        _at += taken;
        return taken;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _pieces.Add(buffer.ToArray());
        }
        catch (InvalidOperationException e)
        {
            throw new IOException("The pipe is broken.", e);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

using System.Buffers.Binary;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>Reads frames from a stream, blocking, many at a time where many are there. For one thread.</summary>
/// <param name="usualBytes">What the buffer has room for at all times; for a frame that is longer it grows, and shrinks again.</param>
internal sealed class FrameStream(Stream stream, int usualBytes = FrameStream.UsualBytes)
{
    /// <summary>Of most frames.</summary>
    public const int UsualBytes = 64 * 1024;

    private byte[] _buffer = new byte[usualBytes];
    private int _start, _end;

    /// <summary>Waits for the next frame; false at the stream's end.</summary>
    /// <param name="frame">The kind and the fields; valid until the next call.</param>
    /// <exception cref="ProtocolException">A length is not permitted, or the stream ends within a frame.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (!Fill(sizeof(int))) return false;
        var bytes = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (bytes is < 1 or > FrameWriter.MaxFrameBytes) throw new ProtocolException($"A frame has {bytes} bytes; 1 to {FrameWriter.MaxFrameBytes} are permitted.");
        if (!Fill(sizeof(int) + bytes)) throw new ProtocolException("The stream ends within a frame.");
        frame = _buffer.AsSpan(_start + sizeof(int), bytes);
        _start += sizeof(int) + bytes;
        return true;
    }

    /// <summary>Reads until <paramref name="bytes"/> are there; false when the stream ends first, exactly between two frames.</summary>
    private bool Fill(int bytes)
    {
        if (_end - _start >= bytes) return true;
        MakeRoom(bytes);
        while (_end - _start < bytes)
        {
            var read = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0) return _end == _start ? false : throw new ProtocolException("The stream ends within a frame.");
            _end += read;
        }

        return true;
    }

    private void MakeRoom(int bytes)
    {
        var waiting = _buffer.AsSpan(_start, _end - _start);
        var size = Math.Max(bytes, usualBytes);
        if (size > _buffer.Length || (_buffer.Length > usualBytes && size == usualBytes && waiting.Length <= usualBytes))
        {
            var other = new byte[size];
            waiting.CopyTo(other);
            _buffer = other;
        }
        else
        {
            waiting.CopyTo(_buffer);
        }

        (_start, _end) = (0, waiting.Length);
    }
}

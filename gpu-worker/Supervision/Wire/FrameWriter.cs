using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>
/// Writes frames one after another into a buffer that grows and is used again: a length of 4 bytes, of what follows it; the kind, 1 byte; the fields.
/// Numbers are little-endian; texts are UTF-8; texts and lists come after their length of 4 bytes.
/// </summary>
internal sealed class FrameWriter
{
    /// <summary>Bytes of a frame, its length not counted. A request is bounded by the API (2 MB of JSON), vectors by a batch: both are far below.</summary>
    public const int MaxFrameBytes = 32 << 20;

    /// <summary>A buffer beyond this is let go of once it has been written.</summary>
    private const int KeptBytes = 1 << 20;

    private byte[] _buffer = new byte[4096];
    private int _start = -1;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <exception cref="InvalidOperationException">A frame is open.</exception>
    public void Begin(FrameKind kind)
    {
        if (_start >= 0) throw new InvalidOperationException("A frame is open.");
        _start = Length;
        Take(sizeof(int));
        Byte((byte)kind);
    }

    /// <exception cref="ProtocolException">The frame is longer than permitted; it is taken back.</exception>
    public void End()
    {
        var (start, bytes) = (_start, Length - _start - sizeof(int));
        _start = -1;
        if (bytes > MaxFrameBytes)
        {
            Length = start;
            throw new ProtocolException($"A frame has {bytes} bytes; {MaxFrameBytes} are permitted.");
        }

        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start), bytes);
    }

    /// <summary>Takes an open frame back.</summary>
    public void Abandon()
    {
        if (_start >= 0) Length = _start;
        _start = -1;
    }

    /// <summary>Adds frames that another writer has made.</summary>
    /// <exception cref="InvalidOperationException">A frame is open.</exception>
    public void Append(ReadOnlySpan<byte> frames)
    {
        if (_start >= 0) throw new InvalidOperationException("A frame is open.");
        frames.CopyTo(Take(frames.Length));
    }

    public void Byte(byte value) => Take(1)[0] = value;

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void Single(float value) => BinaryPrimitives.WriteSingleLittleEndian(Take(sizeof(float)), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        value.CopyTo(Take(value.Length));
    }

    public void Text(string value)
    {
        Int32(Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, Take(Encoding.UTF8.GetByteCount(value)));
    }

    public void Int32s(ReadOnlySpan<int> values)
    {
        Int32(values.Length);
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(values).CopyTo(Take(values.Length * sizeof(int)));
        else foreach (var value in values) Int32(value);
    }

    public void Int64s(ReadOnlySpan<long> values)
    {
        Int32(values.Length);
        foreach (var value in values) Int64(value);
    }

    public void Singles(ReadOnlySpan<float> values)
    {
        Int32(values.Length);
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(values).CopyTo(Take(values.Length * sizeof(float)));
        else foreach (var value in values) Single(value);
    }

    public void Clear()
    {
        Length = 0;
        if (_buffer.Length > KeptBytes) _buffer = new byte[4096];
    }

    private Span<byte> Take(int bytes)
    {
        if (_buffer.Length - Length < bytes) Array.Resize(ref _buffer, (int)Math.Max((long)Length + bytes, Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        var taken = _buffer.AsSpan(Length, bytes);
        Length += bytes;
        return taken;
    }
}

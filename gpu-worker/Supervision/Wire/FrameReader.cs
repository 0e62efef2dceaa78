using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>Reads the fields of one frame, as <see cref="FrameWriter"/> wrote them. Every length is checked against what is there before anything is allocated.</summary>
internal ref struct FrameReader
{
    private ReadOnlySpan<byte> _rest;

    /// <param name="frame">The kind and the fields.</param>
    /// <exception cref="ProtocolException">The frame is empty.</exception>
    public FrameReader(ReadOnlySpan<byte> frame)
    {
        _rest = frame;
        Kind = (FrameKind)Byte();
    }

    public FrameKind Kind { get; }

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw new ProtocolException($"A truth value in a frame {Kind} is neither 0 nor 1."),
    };

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public ReadOnlySpan<byte> Bytes() => Take(Count(1));

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public int[] Int32s()
    {
        var values = new int[Count(sizeof(int))];
        if (BitConverter.IsLittleEndian) Take(values.Length * sizeof(int)).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        else for (var i = 0; i < values.Length; i++) values[i] = Int32();
        return values;
    }

    /// <summary>The same into an array that is kept from frame to frame, and replaced where it is too short.</summary>
    public ReadOnlySpan<int> Int32s(ref int[] kept)
    {
        var count = Count(sizeof(int));
        if (kept.Length < count) kept = new int[count];
        var values = kept.AsSpan(0, count);
        if (BitConverter.IsLittleEndian) Take(count * sizeof(int)).CopyTo(MemoryMarshal.AsBytes(values));
        else foreach (ref var value in values) value = Int32();
        return values;
    }

    public long[] Int64s()
    {
        var values = new long[Count(sizeof(long))];
        for (var i = 0; i < values.Length; i++) values[i] = Int64();
        return values;
    }

    public float[] Singles()
    {
        var values = new float[Count(sizeof(float))];
        if (BitConverter.IsLittleEndian) Take(values.Length * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        else for (var i = 0; i < values.Length; i++) values[i] = Single();
        return values;
    }

    /// <summary>The length of a list of items of at least <paramref name="itemBytes"/> each.</summary>
    public int Count(int itemBytes)
    {
        var count = Int32();
        return count >= 0 && count <= _rest.Length / itemBytes ? count : throw new ProtocolException($"A list in a frame {Kind} is longer than the frame.");
    }

    /// <exception cref="ProtocolException">Something is left.</exception>
    public readonly void End()
    {
        if (_rest.Length > 0) throw new ProtocolException($"A frame {Kind} has {_rest.Length} bytes too many.");
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _rest.Length) throw new ProtocolException($"A frame {Kind} ends early.");
        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}

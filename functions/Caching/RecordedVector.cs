using System.Buffers.Binary;
using System.Text;

namespace Serverless.Functions.Caching;

/// <summary>A text's vector and the model that made it, as it is kept: the name's length in bytes (int32), the name in UTF-8, the numbers as float32; all little-endian.</summary>
internal sealed record RecordedVector(string Model, ReadOnlyMemory<float> Vector)
{
    public static RecordedVector Read(ReadOnlySpan<byte> bytes)
    {
        var name = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var numbers = bytes[(sizeof(int) + name)..];
        var vector = new float[numbers.Length / sizeof(float)];
        for (var i = 0; i < vector.Length; i++) vector[i] = BinaryPrimitives.ReadSingleLittleEndian(numbers[(i * sizeof(float))..]);
        return new RecordedVector(Encoding.UTF8.GetString(bytes.Slice(sizeof(int), name)), vector);
    }

    public byte[] ToBytes()
    {
        var name = Encoding.UTF8.GetByteCount(Model);
        var bytes = new byte[sizeof(int) + name + (Vector.Length * sizeof(float))];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, name);
        Encoding.UTF8.GetBytes(Model, bytes.AsSpan(sizeof(int)));
        for (var i = 0; i < Vector.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(int) + name + (i * sizeof(float))), Vector.Span[i]);
        return bytes;
    }

    /// <summary>A vector tells of its text: it never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Vector.Length} numbers]";
}

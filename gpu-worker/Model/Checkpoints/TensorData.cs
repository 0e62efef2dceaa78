namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>A tensor in memory: <paramref name="Data"/> holds its elements in row-major order, little-endian.</summary>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
public sealed record TensorData(string Name, TensorType Type, int[] Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>Elements in the tensor.</summary>
    public long Count => CountOf(Shape);

    /// <summary>A tensor of <paramref name="type"/> from floats, rounded to nearest even where the type is narrower.</summary>
    /// <exception cref="ArgumentException">The number of values is not the product of the shape.</exception>
    public static TensorData FromFloats(string name, ReadOnlySpan<float> values, int[] shape, TensorType type = TensorType.F32)
    {
        if (values.Length != CountOf(shape))
            throw new ArgumentException($"{name} has {values.Length} values; its shape [{string.Join(", ", shape)}] has {CountOf(shape)}.", nameof(values));

        var data = new byte[(long)values.Length * TensorTypes.SizeOf(type)];
        TensorTypes.Narrow(values, type, data);
        return new TensorData(name, type, shape, data);
    }

    /// <summary>The elements as floats.</summary>
    public float[] ToFloats()
    {
        var values = new float[Count];
        TensorTypes.Widen(Type, Data.Span, values);
        return values;
    }

    internal static long CountOf(ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int dimension in shape)
            count = checked(count * dimension);

        return count;
    }
}

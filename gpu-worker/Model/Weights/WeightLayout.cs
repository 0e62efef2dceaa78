using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>How a weight lies in memory or in a file, and the graph's input of that name.</summary>
/// <param name="QuantizedRows">Rows of a matrix that lies in <see cref="PackedLayout"/>; 0 for any other.</param>
internal record WeightLayout(string Name, TensorElementType Type, long[] Shape, int QuantizedRows = 0)
{
    /// <summary>Where a file has it, for a graph that names files; null where it is bound at run time.</summary>
    public ExternalData? External { get; init; }

    public long Bytes => Shape.Aggregate((long)SizeOf(Type), (product, dimension) => checked(product * dimension));

    public bool IsSameAs(WeightLayout other) =>
        (Name, Type, QuantizedRows) == (other.Name, other.Type, other.QuantizedRows) && Shape.AsSpan().SequenceEqual(other.Shape);

    /// <summary>Such as <c>Float16 [4096, 4096]</c>.</summary>
    public string Describe() => $"{Type} [{string.Join(", ", Shape)}]{(QuantizedRows > 0 ? $" of {QuantizedRows} rows" : "")}";

    private static int SizeOf(TensorElementType type) => type switch
    {
        TensorElementType.Float => sizeof(float),
        TensorElementType.UInt8 => sizeof(byte),
        _ => sizeof(ushort),
    };
}

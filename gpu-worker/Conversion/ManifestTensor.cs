using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>A weight in a file of a converted folder.</summary>
/// <param name="File">The file that holds it: each rank has one, and what all ranks have alike is in a file of its own.</param>
/// <param name="Type">float, float16, bfloat16, or uint8 of a packed matrix.</param>
/// <param name="Shape">Of a packed matrix: strips and the bytes of a strip (<see cref="PackedLayout"/>).</param>
/// <param name="PackedRows">Rows of a packed matrix; 0 for any other.</param>
/// <param name="Offset">Bytes from the file's start; a multiple of 4096.</param>
internal sealed record ManifestTensor(string Name, string File, string Type, long[] Shape, int PackedRows, long Offset, long Bytes)
{
    private static readonly (string Name, TensorElementType Type)[] Types =
    [
        ("float", TensorElementType.Float), ("float16", TensorElementType.Float16), ("bfloat16", TensorElementType.BFloat16), ("uint8", TensorElementType.UInt8),
    ];

    public static ManifestTensor Of(WeightLayout layout, string file, long offset) =>
        new(layout.Name, file, Types.First(type => type.Type == layout.Type).Name, layout.Shape, layout.QuantizedRows, offset, layout.Bytes);

    /// <exception cref="CheckpointException">The entry is none that could be meant.</exception>
    public WeightLayout ToLayout()
    {
        foreach (var (name, type) in Types)
            if (name == Type && Shape.Length is 1 or 2 && Shape.All(dimension => dimension is > 0 and <= int.MaxValue))
                return new WeightLayout(Name, type, Shape, PackedRows) { External = new ExternalData(File, Offset) };

        throw new CheckpointException($"{ConvertedManifest.FileName}: {Name} has type {Type} and shape [{string.Join(", ", Shape)}], which no weight has.");
    }
}

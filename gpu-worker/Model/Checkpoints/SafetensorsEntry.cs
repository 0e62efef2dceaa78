namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>A tensor that is going to be written to a safetensors file.</summary>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
public sealed record SafetensorsEntry(string Name, TensorType Type, int[] Shape)
{
    /// <summary>Bytes of its data.</summary>
    public long ByteLength => checked(TensorData.CountOf(Shape) * TensorTypes.SizeOf(Type));
}

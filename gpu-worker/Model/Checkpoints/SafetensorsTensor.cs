namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>Where a tensor lies in a safetensors file.</summary>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="ByteLength">Bytes of its data.</param>
public sealed record SafetensorsTensor(string Name, TensorType Type, int[] Shape, long Offset, long ByteLength);

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>What a weight takes from one of the checkpoint's tensors.</summary>
/// <param name="Shape">The tensor's: [rows, columns], or [length] of a vector, which is one row.</param>
internal sealed record WeightPart(string Tensor, int[] Shape, MatrixSlice Slice)
{
    /// <summary>Elements of a row of the whole tensor.</summary>
    public int TensorColumns => Shape[^1];
}

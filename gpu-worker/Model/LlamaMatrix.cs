namespace Serverless.GpuWorker.Model;

/// <summary>A matrix [out, in] of a Llama's checkpoint and the part of it that a rank stores.</summary>
/// <param name="Name">The tensor's name in the checkpoint.</param>
/// <param name="Rows">Rows of the whole tensor.</param>
/// <param name="Columns">Columns of the whole tensor.</param>
internal sealed record LlamaMatrix(string Name, int Rows, int Columns, MatrixSlice Slice);

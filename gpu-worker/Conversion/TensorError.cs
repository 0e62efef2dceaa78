namespace Serverless.GpuWorker.Conversion;

/// <param name="RelativeRms">Root mean square of the error relative to that of the weights.</param>
internal sealed record TensorError(string Tensor, string Format, double RelativeRms);

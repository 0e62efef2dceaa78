namespace Serverless.GpuWorker.Model;

/// <summary>A weight that is computed rather than stored, in float32.</summary>
/// <param name="Compute">Its values; it may read tensors.</param>
internal sealed record ComputedWeight(int Rows, int Columns, Func<IWeightSource, float[]> Compute);

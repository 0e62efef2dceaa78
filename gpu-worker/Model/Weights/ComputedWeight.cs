using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>A weight that is computed rather than stored, in float32.</summary>
/// <param name="Tensors">What it reads.</param>
/// <param name="Compute">Its values.</param>
internal sealed record ComputedWeight(int Rows, int Columns, IReadOnlyList<string> Tensors, Func<IWeightSource, float[]> Compute);

using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>A weight and the place in a file that a conversion has for it.</summary>
/// <param name="Rank">Null where all ranks have the same.</param>
/// <param name="File">An index into the conversion's files.</param>
internal sealed record PlacedWeight(PlannedWeight Weight, WeightLayout Layout, int? Rank, int File);

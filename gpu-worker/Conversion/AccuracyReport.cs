using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>Collects what each matrix loses, all ranks' slices of one together.</summary>
internal sealed class AccuracyReport
{
    private const int WorstCount = 10;

    private readonly Dictionary<string, (WeightFormat Format, QuantizationError Error)> _matrices = new(StringComparer.Ordinal);

    public void Add(PlannedWeight weight, QuantizationError error)
    {
        if (error.Norm > 0)
            _matrices[weight.Name] = (weight.Format, _matrices.GetValueOrDefault(weight.Name).Error + error);
    }

    public ManifestAccuracy ToManifest() => new(
        [
            .. _matrices.Values.GroupBy(matrix => matrix.Format).OrderBy(group => group.Key).Select(group => new FormatError(
                WeightFormats.NameOf(group.Key), group.Count(), group.Aggregate(default(QuantizationError), (sum, matrix) => sum + matrix.Error).Relative)),
        ],
        [
            .. _matrices.Select(matrix => new TensorError(matrix.Key, WeightFormats.NameOf(matrix.Value.Format), matrix.Value.Error.Relative))
                .OrderByDescending(error => error.RelativeRms).ThenBy(error => error.Tensor, StringComparer.Ordinal).Take(WorstCount),
        ]);
}

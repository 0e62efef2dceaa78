using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>
/// Where each weight of a conversion goes: what all ranks have alike into one file, the rest into a file for each rank. Weights are in the order
/// in which they are written, every rank's slice of a tensor after each other, so that a tensor is read from disk once.
/// </summary>
internal sealed class ConversionLayout
{
    /// <summary>Pages can be mapped from there.</summary>
    public const int Alignment = 4096;

    private readonly long[] _lengths;

    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or cannot have its format.</exception>
    public ConversionLayout(IConversionModel model)
    {
        int ranks = model.Plans.Count;
        Files = [WeightsFile(null), .. Enumerable.Range(0, ranks).Select(rank => WeightsFile(rank))];
        _lengths = new long[Files.Count];
        var plans = model.Plans.Select(plan => plan.ToDictionary(weight => weight.Name, StringComparer.Ordinal)).ToArray();
        List<PlacedWeight> weights = [];
        foreach (var weight in model.Plans[0])
        {
            if (weight.IsReplicated)
            {
                weights.Add(Place(model.Source, weight, null));
                continue;
            }
            for (int rank = 0; rank < ranks; rank++)
                if (plans[rank].TryGetValue(weight.Name, out var slice))
                    weights.Add(Place(model.Source, slice, rank));
        }
        Weights = weights;
    }

    /// <summary>Names of the files of weights.</summary>
    public IReadOnlyList<string> Files { get; }

    public IReadOnlyList<PlacedWeight> Weights { get; }

    public long Bytes => _lengths.Sum();

    /// <param name="rank">Null for the file of what all ranks have alike.</param>
    public static string WeightsFile(int? rank) => rank is null ? "shared.weights" : $"rank-{rank}.weights";

    public static string GraphFile(int rank) => $"rank-{rank}.onnx";

    /// <summary>The weights of one rank's graph.</summary>
    public IWeightLayouts OfRank(int rank) => new Layouts(Weights.Where(weight => weight.Rank is null || weight.Rank == rank));

    private PlacedWeight Place(IWeightSource source, PlannedWeight weight, int? rank)
    {
        int file = rank + 1 ?? 0;
        long offset = (_lengths[file] + Alignment - 1) / Alignment * Alignment;
        var layout = WeightEncoder.Describe(source, weight) with { External = new ExternalData(Files[file], offset) };
        _lengths[file] = offset + layout.Bytes;
        return new PlacedWeight(weight, layout, rank, file);
    }

    private sealed class Layouts(IEnumerable<PlacedWeight> weights) : IWeightLayouts
    {
        private readonly Dictionary<string, WeightLayout> _layouts = weights.ToDictionary(weight => weight.Layout.Name, weight => weight.Layout);

        IEnumerable<WeightLayout> IWeightLayouts.Layouts => _layouts.Values;

        public WeightLayout this[string name] => _layouts[name];
    }
}

using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>What the CUDA graph makes of a Llama's plan: the same slices, with q, k and v as one weight, and the scales of a quantised cache.</summary>
internal static class CudaPlan
{
    /// <summary><see cref="LlamaWeights.Plan"/> with a layer's q, k and v under one another, as paged attention takes them.</summary>
    public static IEnumerable<PlannedWeight> Weights(LlamaShard shard, CudaFormat format)
    {
        List<WeightPart> projections = [];
        foreach (var weight in LlamaWeights.Plan(shard, format.Weights))
        {
            if (weight is not { Layer: { } layer, Short: "q" or "k" or "v" })
            {
                yield return weight;
                continue;
            }
            projections.AddRange(weight.Parts);
            if (projections.Count < 3)
                continue;

            yield return weight with { Name = CudaWeightNames.Projections(layer), Short = null, Parts = projections };
            projections = [];
        }
    }

    /// <summary>Bytes that a rank's weights take on the device.</summary>
    public static long Bytes(LlamaShard shard, CudaFormat format) => Weights(shard, format).Sum(format.BytesOf);

    /// <summary>For each layer the scales of keys and those of values, of the rank's own heads, where the cache is quantised: out of the ranges of all heads.</summary>
    public static IEnumerable<PlannedWeight> CacheScales(LlamaShard shard, CudaFormat format)
    {
        var (whole, own) = (shard.Whole, shard.Config);
        var heads = new MatrixSlice(shard.Rank * own.KvHeads, own.KvHeads, 0, own.HeadSize);
        for (int layer = 0; format.IsCacheQuantized && layer < whole.Layers; layer++)
            foreach (char part in "kv")
                yield return new(CudaWeightNames.CacheScale(layer, part), WeightFormat.Float32, [new WeightPart(CudaWeightNames.CacheRange(layer, part), [whole.KvHeads, whole.HeadSize], heads)]);
    }
}

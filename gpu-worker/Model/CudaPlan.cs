namespace Serverless.GpuWorker.Model;

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

    /// <summary>One scale a layer for keys and one for values, where the cache is quantised.</summary>
    public static IEnumerable<PlannedWeight> CacheScales(LlamaShard shard, CudaFormat format)
    {
        for (int layer = 0; format.IsCacheQuantized && layer < shard.Whole.Layers; layer++)
        {
            yield return PlannedWeight.Vector(CudaWeightNames.CacheScale(layer, 'k'), 1);
            yield return PlannedWeight.Vector(CudaWeightNames.CacheScale(layer, 'v'), 1);
        }
    }
}

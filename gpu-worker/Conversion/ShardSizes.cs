using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>What a rank of a model takes, by the list of its weights: computed, not measured. The largest rank counts.</summary>
/// <param name="WeightBytes">Of the rank's weights, replicated ones included.</param>
/// <param name="StepBytes">Of the weights that every step reads: all but the embedding table and rotary tables, of which it reads rows.</param>
/// <param name="CacheElements">Keys and values of one token in the rank's cache, all layers.</param>
internal sealed record ShardSizes(int Ranks, long WeightBytes, long StepBytes, long CacheElements)
{
    /// <param name="stored">The checkpoint's type: what tables keep where matrices are quantised.</param>
    /// <exception cref="CheckpointException">The model cannot be divided so, or cannot have the format.</exception>
    public static ShardSizes Of(LlamaConfig config, WeightFormatMix formats, int ranks, TensorType stored = TensorType.F16)
    {
        long weights = 0, step = 0;
        foreach (int rank in Enumerable.Range(0, ranks))
        {
            var plan = LlamaWeights.Plan(new LlamaShard(config, rank, ranks), formats)
                .Select(weight => (weight.Name, WeightEncoder.Describe(weight, stored).Bytes)).ToList();
            weights = Math.Max(weights, plan.Sum(weight => weight.Bytes));
            step = Math.Max(step, plan.Where(weight => LlamaWeights.IsReadWhole(config, weight.Name)).Sum(weight => weight.Bytes));
        }
        return new ShardSizes(ranks, weights, step, 2L * config.Layers * (config.KvHeads / ranks) * config.HeadSize);
    }

    /// <summary>Tokens whose keys and values fit beside the weights, all sequences together; 0 where the weights do not fit.</summary>
    /// <param name="elementBytes">Of a key's or value's element: 4, 2 or 1.</param>
    public long TokensOn(Card card, int elementBytes) => Math.Max(0, (long)((card.Memory * Card.Usable) - WeightBytes) / (CacheElements * elementBytes));

    /// <summary>The least seconds of a step: its weights, read once at the card's full bandwidth. Cache, sums and computing come on top.</summary>
    public double FloorOn(Card card) => StepBytes / card.Bandwidth;
}

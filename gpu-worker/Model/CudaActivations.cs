using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model;

/// <summary>
/// What the largest step of a CUDA graph takes of a device beside weights and cache, by the sizes of its tensors: an estimate from above, for dividing memory before any step has run. What it
/// takes in truth is seen at start, when that step is run.
/// </summary>
internal static class CudaActivations
{
    /// <summary>An arena that is asked for many sizes leaves holes between them.</summary>
    private const double Holes = 1.25;

    /// <summary>Bytes of a rank's arena.</summary>
    /// <param name="tokens">Most of a step.</param>
    /// <param name="rows">Most rows of logits of a step.</param>
    public static long Bytes(LlamaShard shard, CudaFormat format, int tokens, int rows)
    {
        var config = shard.Config;
        long queries = (long)config.Heads * config.HeadSize, projections = queries + (2L * config.KvHeads * config.HeadSize);
        // The hidden state, its sum with what a layer added, and that sum's norm outlive a layer's own tensors.
        long kept = 3L * config.HiddenSize;
        // Queries and keys once more with their rotation, and of each head and token a float32 for the softmax.
        long attention = (2 * projections) + queries + (2L * config.Heads);
        long mlp = Math.Max((3L * config.IntermediateSize) + config.HiddenSize, 2L * config.HiddenSize);
        long step = sizeof(ushort) * tokens * (kept + Math.Max(attention, mlp));
        return (long)(Holes * (Math.Max(step, (sizeof(ushort) * tokens * kept) + (rows * HeadBytes(shard))) + Unpacked(shard, format)));
    }

    /// <summary>Bytes of a row behind lm_head: its logits as they are computed and, where they are gathered, twice more; as float32 for its total, shifted, scaled and raised.</summary>
    private static long HeadBytes(LlamaShard shard)
    {
        if (!shard.HasHead)
            return sizeof(ushort) * shard.Config.HiddenSize;

        long vocabulary = shard.Whole.VocabularySize;
        return (sizeof(ushort) * (shard.VocabularyRows.Rows + (shard.IsVocabularySharded ? 2 * vocabulary : 0))) + (shard.Rank == 0 ? 3 * sizeof(float) * vocabulary : 0);
    }

    /// <summary>The largest quantised matrix: its rows in another order while it is packed at start, or as activations where no kernel takes it as it is.</summary>
    private static long Unpacked(LlamaShard shard, CudaFormat format) => format.Bits == 0
        ? 0
        : CudaPlan.Weights(shard, format).Where(weight => WeightFormats.QuantizedBits(weight.Format) > 0).Max(weight => (long)weight.Rows * weight.Columns * sizeof(ushort));
}

namespace Serverless.GpuWorker.Model;

/// <summary>
/// Which part of which checkpoint tensor a rank stores: the one mapping that every target's loader follows, whatever layout it stores
/// weights in. Beside these a graph has the embedding table and the norms, which are never sliced, and the computed rotary tables.
/// </summary>
internal static class LlamaTensors
{
    /// <summary>q, k and v of a layer, in that order: rows of the rank's heads.</summary>
    public static LlamaMatrix[] Projections(LlamaShard shard, int layer)
    {
        var (whole, own) = (shard.Whole, shard.Config);
        int hidden = whole.HiddenSize, queries = whole.Heads * whole.HeadSize, keys = whole.KvHeads * whole.HeadSize;
        return
        [
            new(LlamaWeights.Attention(layer, 'q'), queries, hidden, shard.HeadRows(own.Heads)),
            new(LlamaWeights.Attention(layer, 'k'), keys, hidden, shard.HeadRows(own.KvHeads)),
            new(LlamaWeights.Attention(layer, 'v'), keys, hidden, shard.HeadRows(own.KvHeads)),
        ];
    }

    /// <summary>The columns of o that meet the rank's heads.</summary>
    public static LlamaMatrix Output(LlamaShard shard, int layer) =>
        new(LlamaWeights.Attention(layer, 'o'), shard.Whole.HiddenSize, shard.Whole.Heads * shard.Whole.HeadSize, shard.HeadColumns);

    /// <summary>gate and up of a layer, in that order: rows of the rank's channels.</summary>
    public static LlamaMatrix[] Gates(LlamaShard shard, int layer)
    {
        var whole = shard.Whole;
        return
        [
            new(LlamaWeights.Mlp(layer, "gate"), whole.IntermediateSize, whole.HiddenSize, shard.ChannelRows),
            new(LlamaWeights.Mlp(layer, "up"), whole.IntermediateSize, whole.HiddenSize, shard.ChannelRows),
        ];
    }

    /// <summary>The columns of down that meet the rank's channels.</summary>
    public static LlamaMatrix Down(LlamaShard shard, int layer) =>
        new(LlamaWeights.Mlp(layer, "down"), shard.Whole.HiddenSize, shard.Whole.IntermediateSize, shard.ChannelColumns);

    /// <summary>The rank's rows of lm_head, which is the embedding table where the two are tied.</summary>
    public static LlamaMatrix Head(LlamaShard shard) => new(
        shard.Whole.TiedEmbeddings ? LlamaWeights.Embedding : LlamaWeights.LmHead, shard.Whole.VocabularySize, shard.Whole.HiddenSize, shard.VocabularyRows);
}

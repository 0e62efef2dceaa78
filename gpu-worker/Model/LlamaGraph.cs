using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model;

/// <summary>
/// The Llama graph over packed tokens: T tokens of B sequences enter, logits leave for the R rows that are sampled. Keys and values go to
/// paged caches [blocks, kv_heads, bytes] (<see cref="KvCacheLayout"/>), one pair a layer, which attention updates in place.
/// </summary>
internal static class LlamaGraph
{
    public const string InputIds = "input_ids";
    public const string CumulativeLengths = "cumulative_sequence_lengths";
    public const string PastLengths = "past_sequence_lengths";
    public const string BlockTable = "block_table";
    public const string SlotMapping = "slot_mapping";
    public const string SampledRows = "sampled_rows";
    public const string Logits = "logits";

    /// <summary>The sampled rows of the last layer: what a rank without lm_head yields, so that nothing of it is left out.</summary>
    public const string LastRows = "last_rows";

    public static string KeyCache(int layer) => $"key_cache.{layer}";

    public static string ValueCache(int layer) => $"value_cache.{layer}";

    /// <summary>The model's bytes; its inputs are the names above, the caches and the store's weights.</summary>
    public static byte[] Build(LlamaConfig config, IWeightLayouts weights, KvCacheLayout cache) => Build(new LlamaShard(config), weights, cache, null);

    /// <summary>The bytes of one rank's part, whose partial sums are added up over the ranks of <paramref name="collective"/>.</summary>
    /// <param name="collective">The attribute by which AllReduce finds its group; null for a whole model.</param>
    public static byte[] Build(LlamaShard shard, IWeightLayouts weights, KvCacheLayout cache, int? collective)
    {
        var config = shard.Config;
        var graph = new OnnxGraph("llama");
        graph.Input(InputIds, TensorElementType.Int32, "tokens");
        graph.Input(CumulativeLengths, TensorElementType.Int32, "sequences_plus_1");
        graph.Input(PastLengths, TensorElementType.Int32, "sequences");
        graph.Input(BlockTable, TensorElementType.Int32, "sequences", "table_width");
        graph.Input(SlotMapping, TensorElementType.Int32, "tokens");
        graph.Input(SampledRows, TensorElementType.Int32, "rows");
        for (int layer = 0; layer < config.Layers; layer++)
        {
            graph.Input(KeyCache(layer), TensorElementType.UInt8, "blocks", config.KvHeads, cache.KeyBytes);
            graph.Input(ValueCache(layer), TensorElementType.UInt8, "blocks", config.KvHeads, cache.ValueBytes);
        }
        foreach (var weight in weights.Layouts)
            graph.Weight(weight);

        var blocks = new TransformerNodes(graph, weights, config.NormEpsilon);
        string hidden = blocks.Embed(LlamaWeights.Embedding, InputIds);
        string? residual = null;
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string normed = blocks.AddAndNorm(ref hidden, residual, LlamaWeights.AttentionNorm(layer));
            string attention = graph.Node(
                OnnxDomain.Serverless,
                "PagedAttention",
                [
                    blocks.Linear(normed, [LlamaWeights.Attention(layer, 'q'), LlamaWeights.Attention(layer, 'k'), LlamaWeights.Attention(layer, 'v')]),
                    KeyCache(layer), ValueCache(layer), CumulativeLengths, PastLengths, BlockTable,
                    LlamaWeights.Cos, LlamaWeights.Sin, SlotMapping,
                ],
                ("num_heads", config.Heads),
                ("kv_num_heads", config.KvHeads),
                ("head_size", cache.HeadSize),
                ("block_size", cache.BlockSize),
                ("kv_cache_format", (int)cache.Format),
                ("scale", (float)(1 / Math.Sqrt(config.HeadSize))));
            residual = AllReduce(blocks.Linear(attention, LlamaWeights.Attention(layer, 'o')));
            normed = blocks.AddAndNorm(ref hidden, residual, LlamaWeights.MlpNorm(layer));
            string gated = graph.Node(
                OnnxDomain.Serverless,
                "SwiGLU",
                [blocks.Linear(normed, [LlamaWeights.Mlp(layer, "gate"), LlamaWeights.Mlp(layer, "up")])]);
            residual = AllReduce(blocks.Linear(gated, LlamaWeights.Mlp(layer, "down")));
        }
        if (!shard.HasHead)
        {
            graph.Node(OnnxDomain.Standard, "Gather", [residual!, SampledRows], [LastRows]);
            graph.Output(LastRows, TensorElementType.Float, "rows", config.HiddenSize);
            return graph.ToModel();
        }
        // Only the sampled rows go on: the vocabulary is the widest matrix.
        hidden = graph.Node(OnnxDomain.Standard, "Gather", [hidden, SampledRows]);
        residual = graph.Node(OnnxDomain.Standard, "Gather", [residual!, SampledRows]);
        string last = blocks.AddAndNorm(ref hidden, residual, LlamaWeights.FinalNorm);
        blocks.Linear(last, config.TiedEmbeddings ? LlamaWeights.Embedding : LlamaWeights.LmHead, Logits);
        graph.Output(Logits, TensorElementType.Float, "rows", config.VocabularySize);
        return graph.ToModel();

        string AllReduce(string partial) =>
            collective is { } group ? graph.Node(OnnxDomain.Serverless, "AllReduce", [partial], ("collective", group)) : partial;
    }
}

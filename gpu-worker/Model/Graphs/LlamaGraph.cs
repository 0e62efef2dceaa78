using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// The Llama graph over packed tokens: T tokens of B sequences enter, logits leave for the R rows that are sampled. Keys and values go to
/// paged caches, one pair a layer, which attention updates in place; how a cache lies is the device's own (<see cref="LlamaNodes"/>).
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

    /// <summary>A CPU model's bytes; its inputs are the names above, the caches and the weights.</summary>
    public static byte[] Build(LlamaConfig config, IWeightLayouts weights, KvCacheLayout cache) => Build(new LlamaShard(config), weights, cache, null);

    /// <summary>The bytes of one CPU rank's part, whose partial sums are added up over the ranks of <paramref name="collective"/>.</summary>
    /// <param name="collective">The attribute by which AllReduce finds its group; null for a whole model.</param>
    public static byte[] Build(LlamaShard shard, IWeightLayouts weights, KvCacheLayout cache, int? collective) =>
        Build(shard, graph => new CpuLlamaNodes(graph, shard, weights, cache, collective));

    /// <summary>A model's or a rank's bytes, out of the nodes of one kind of device.</summary>
    public static byte[] Build(LlamaShard shard, Func<OnnxGraph, LlamaNodes> createNodes)
    {
        var config = shard.Config;
        var graph = new OnnxGraph("llama");
        var nodes = createNodes(graph);
        graph.Input(InputIds, TensorElementType.Int32, "tokens");
        graph.Input(CumulativeLengths, TensorElementType.Int32, "sequences_plus_1");
        graph.Input(PastLengths, TensorElementType.Int32, "sequences");
        graph.Input(BlockTable, TensorElementType.Int32, "sequences", "table_width");
        graph.Input(SlotMapping, TensorElementType.Int32, "tokens");
        graph.Input(SampledRows, TensorElementType.Int32, "rows");
        nodes.Declare();

        string hidden = nodes.Embed(InputIds);
        string? residual = null;
        for (int layer = 0; layer < config.Layers; layer++)
        {
            residual = nodes.AllReduce(nodes.Linear(nodes.Attend(ref hidden, residual, layer), LlamaWeights.Attention(layer, 'o')));
            residual = nodes.AllReduce(nodes.FeedForward(ref hidden, residual, layer));
        }
        if (!shard.HasHead)
        {
            graph.Node(OnnxDomain.Standard, "Gather", [residual!, SampledRows], [LastRows]);
            graph.Output(LastRows, nodes.ActivationType, "rows", config.HiddenSize);
            return graph.ToModel();
        }
        // Only the sampled rows go on: the vocabulary is the widest matrix.
        hidden = graph.Node(OnnxDomain.Standard, "Gather", [hidden, SampledRows]);
        residual = graph.Node(OnnxDomain.Standard, "Gather", [residual!, SampledRows]);
        string last = nodes.AddAndNorm(ref hidden, residual, LlamaWeights.FinalNorm);
        int columns = nodes.Logits(last, config.TiedEmbeddings ? LlamaWeights.Embedding : LlamaWeights.LmHead);
        graph.Output(Logits, TensorElementType.Float, "rows", columns);
        return graph.ToModel();
    }
}

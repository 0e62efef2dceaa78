using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// A Llama on the CPU: float32 activations and our own operators. Caches are [blocks, kv_heads, bytes]; weights are inputs, bound to where they
/// lie, or tensors in files beside the model.
/// </summary>
/// <param name="collective">The attribute by which AllReduce finds its group; null for a whole model.</param>
internal sealed class CpuLlamaNodes(OnnxGraph graph, LlamaShard shard, IWeightLayouts weights, KvCacheLayout cache, int? collective) : LlamaNodes
{
    private readonly TransformerNodes _blocks = new(graph, weights, shard.Config.NormEpsilon);

    public override TensorElementType ActivationType => TensorElementType.Float;

    public override void Declare()
    {
        for (int layer = 0; layer < shard.Config.Layers; layer++)
        {
            graph.Input(LlamaGraph.KeyCache(layer), TensorElementType.UInt8, "blocks", shard.Config.KvHeads, cache.KeyBytes);
            graph.Input(LlamaGraph.ValueCache(layer), TensorElementType.UInt8, "blocks", shard.Config.KvHeads, cache.ValueBytes);
        }
        foreach (var weight in weights.Layouts)
            graph.Weight(weight);
    }

    public override string Embed(string ids) => _blocks.Embed(LlamaWeights.Embedding, ids);

    public override string AddAndNorm(ref string hidden, string? residual, string weight) => _blocks.AddAndNorm(ref hidden, residual, weight);

    public override string Attend(ref string hidden, string? residual, int layer) => graph.Node(
        OnnxDomain.Serverless,
        "PagedAttention",
        [
            _blocks.NormedLinear(
                ref hidden, residual, LlamaWeights.AttentionNorm(layer), LlamaWeights.Attention(layer, 'q'), LlamaWeights.Attention(layer, 'k'), LlamaWeights.Attention(layer, 'v')),
            LlamaGraph.KeyCache(layer), LlamaGraph.ValueCache(layer), LlamaGraph.CumulativeLengths, LlamaGraph.PastLengths, LlamaGraph.BlockTable,
            LlamaWeights.Cos, LlamaWeights.Sin, LlamaGraph.SlotMapping,
        ],
        ("num_heads", shard.Config.Heads),
        ("kv_num_heads", shard.Config.KvHeads),
        ("head_size", cache.HeadSize),
        ("block_size", cache.BlockSize),
        ("kv_cache_format", (int)cache.Format),
        ("scale", (float)(1 / Math.Sqrt(shard.Config.HeadSize))));

    public override string FeedForward(ref string hidden, string? residual, int layer)
    {
        string gateAndUp = _blocks.NormedLinear(ref hidden, residual, LlamaWeights.MlpNorm(layer), LlamaWeights.Mlp(layer, "gate"), LlamaWeights.Mlp(layer, "up"));
        return _blocks.GatedLinear(gateAndUp, LlamaWeights.Mlp(layer, "down"));
    }

    public override string Linear(string input, string weight) => _blocks.Linear(input, weight);

    public override string AllReduce(string partial) =>
        collective is { } group ? graph.Node(OnnxDomain.Serverless, "AllReduce", [partial], ("collective", group)) : partial;

    public override int Logits(string normed, string weight)
    {
        _blocks.Linear(normed, weight, LlamaGraph.Logits);
        return shard.VocabularyRows.Rows;
    }
}

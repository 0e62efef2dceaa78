using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model;

/// <summary>A Llama on the CPU: float32 activations and our own operators. Weights are inputs, bound to where they lie.</summary>
/// <param name="collective">The attribute by which AllReduce finds its group; null for a whole model.</param>
internal sealed class CpuLlamaNodes(OnnxGraph graph, LlamaShard shard, WeightStore weights, int? collective) : LlamaNodes
{
    private readonly TransformerNodes _blocks = new(graph, weights, shard.Config.NormEpsilon);

    public override TensorElementType CacheType => TensorElementType.Float;

    public override TensorElementType ActivationType => TensorElementType.Float;

    public override void Declare()
    {
        foreach (var weight in weights.Weights)
            graph.Input(weight.Name, weight.Type, [.. weight.Shape.Cast<object>()]);
    }

    public override string Embed(string ids) => _blocks.Embed(LlamaWeights.Embedding, ids);

    public override string AddAndNorm(ref string hidden, string? residual, string weight) => _blocks.AddAndNorm(ref hidden, residual, weight);

    public override string Attend(string normed, int layer) => graph.Node(
        OnnxDomain.Serverless,
        "PagedAttention",
        [
            Linear(normed, LlamaWeights.Attention(layer, 'q')),
            Linear(normed, LlamaWeights.Attention(layer, 'k')),
            Linear(normed, LlamaWeights.Attention(layer, 'v')),
            LlamaGraph.KeyCache(layer), LlamaGraph.ValueCache(layer), LlamaGraph.CumulativeLengths, LlamaGraph.PastLengths, LlamaGraph.BlockTable,
            LlamaWeights.Cos, LlamaWeights.Sin, LlamaGraph.SlotMapping,
        ],
        ("num_heads", shard.Config.Heads),
        ("kv_num_heads", shard.Config.KvHeads),
        ("scale", (float)(1 / Math.Sqrt(shard.Config.HeadSize))));

    public override string Gate(string normed, int layer) => graph.Node(
        OnnxDomain.Serverless, "SwiGLU", [Linear(normed, LlamaWeights.Mlp(layer, "gate")), Linear(normed, LlamaWeights.Mlp(layer, "up"))]);

    public override string Linear(string input, string weight) => _blocks.Linear(input, weight);

    public override string AllReduce(string partial) =>
        collective is { } group ? graph.Node(OnnxDomain.Serverless, "AllReduce", [partial], ("collective", group)) : partial;

    public override int Logits(string normed, string weight)
    {
        _blocks.Linear(normed, weight, LlamaGraph.Logits);
        return shard.VocabularyRows.Rows;
    }
}

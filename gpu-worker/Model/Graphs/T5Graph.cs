using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>A T5 encoder over packed texts, then mean pooling where the mask says so, the Dense layer and unit length: [B, dimensions].</summary>
internal static class T5Graph
{
    public const string InputIds = "input_ids";
    public const string PoolMask = "pool_mask";
    public const string CumulativeLengths = "cumulative_sequence_lengths";
    public const string Vectors = "vectors";

    public static byte[] Build(T5Config config, string embedding, IWeightLayouts weights)
    {
        var graph = new OnnxGraph("t5-encoder");
        graph.Input(InputIds, TensorElementType.Int32, "tokens");
        graph.Input(PoolMask, TensorElementType.Int32, "tokens");
        graph.Input(CumulativeLengths, TensorElementType.Int32, "texts_plus_1");
        foreach (var weight in weights.Layouts)
            graph.Weight(weight);

        var nodes = new TransformerNodes(graph, weights, config.NormEpsilon);
        string hidden = nodes.Embed(embedding, InputIds);
        string? residual = null;
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string normed = nodes.AddAndNorm(ref hidden, residual, T5Weights.AttentionNorm(layer));
            string attention = graph.Node(
                OnnxDomain.Serverless,
                "EncoderAttention",
                [
                    nodes.Linear(normed, T5Weights.Attention(layer, 'q')),
                    nodes.Linear(normed, T5Weights.Attention(layer, 'k')),
                    nodes.Linear(normed, T5Weights.Attention(layer, 'v')),
                    CumulativeLengths,
                    T5Weights.RelativeBias,
                ]);
            residual = nodes.Linear(attention, T5Weights.Attention(layer, 'o'));
            normed = nodes.AddAndNorm(ref hidden, residual, T5Weights.MlpNorm(layer));
            residual = nodes.Linear(FeedForward(graph, nodes, config, normed, layer), T5Weights.Mlp(layer, "wo"));
        }
        string last = nodes.AddAndNorm(ref hidden, residual, T5Weights.FinalNorm);
        string pooled = graph.Node(OnnxDomain.Serverless, "MaskedMeanPool", [last, PoolMask, CumulativeLengths]);
        if (config.DenseSize is not null)
            pooled = nodes.Linear(pooled, T5Weights.Dense);

        graph.Node(OnnxDomain.Standard, "LpNormalization", [pooled], [Vectors], ("axis", -1), ("p", 2));
        graph.Output(Vectors, TensorElementType.Float, "texts", config.Dimensions);
        return graph.ToModel();
    }

    private static string FeedForward(OnnxGraph graph, TransformerNodes nodes, T5Config config, string input, int layer)
    {
        if (!config.GatedGelu)
            return graph.Node(OnnxDomain.Standard, "Relu", [nodes.Linear(input, T5Weights.Mlp(layer, "wi"))]);

        // FastGelu is the tanh form of GELU that T5 v1.1 was trained with.
        string gate = graph.Node(OnnxDomain.Microsoft, "FastGelu", [nodes.Linear(input, T5Weights.Mlp(layer, "wi_0"))]);
        return graph.Node(OnnxDomain.Standard, "Mul", [gate, nodes.Linear(input, T5Weights.Mlp(layer, "wi_1"))]);
    }
}

using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// The nodes that a Llama's graph is made of on one kind of device: its operators, their element types, and how its weights and caches lie. The
/// graph's shape, which all devices share, is <see cref="LlamaGraph"/>'s.
/// </summary>
internal abstract class LlamaNodes
{
    /// <summary>Element type of the hidden state where it leaves the graph.</summary>
    public abstract TensorElementType ActivationType { get; }

    /// <summary>Declares the KV caches, the weights, and inputs of this kind of device alone.</summary>
    public abstract void Declare();

    /// <summary>Rows of the embedding table.</summary>
    public abstract string Embed(string ids);

    /// <summary>Adds <paramref name="residual"/>, where there is one, to <paramref name="hidden"/> and returns the sum's RMSNorm.</summary>
    public abstract string AddAndNorm(ref string hidden, string? residual, string weight);

    /// <summary>As <see cref="AddAndNorm"/>, then the layer's projections q, k, v and paged attention over them: [T, heads * head size].</summary>
    public abstract string Attend(ref string hidden, string? residual, int layer);

    /// <summary>As <see cref="AddAndNorm"/>, then the layer's feed-forward, (silu(x gate^T) * (x up^T)) down^T.</summary>
    public abstract string FeedForward(ref string hidden, string? residual, int layer);

    /// <summary>x W^T.</summary>
    public abstract string Linear(string input, string weight);

    /// <summary>The sum over the ranks; what goes in where there are none.</summary>
    public abstract string AllReduce(string partial);

    /// <summary>The logits as floats, under <see cref="LlamaGraph.Logits"/>.</summary>
    /// <returns>Their columns.</returns>
    public abstract int Logits(string normed, string weight);
}

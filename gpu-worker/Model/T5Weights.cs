namespace Serverless.GpuWorker.Model;

/// <summary>The names that Hugging Face gives a T5 encoder's tensors, and their loading.</summary>
internal static class T5Weights
{
    public const string DenseFolder = "2_Dense";
    public const string Dense = "linear.weight";
    public const string FinalNorm = "encoder.final_layer_norm.weight";
    public const string RelativeBias = "relative_bias";

    private const string Shared = "shared.weight";
    private const string EncoderEmbedding = "encoder.embed_tokens.weight";
    private const string BucketBias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";

    public static string AttentionNorm(int layer) => $"encoder.block.{layer}.layer.0.layer_norm.weight";

    public static string MlpNorm(int layer) => $"encoder.block.{layer}.layer.1.layer_norm.weight";

    /// <param name="part">q, k, v or o.</param>
    public static string Attention(int layer, char part) => $"encoder.block.{layer}.layer.0.SelfAttention.{part}.weight";

    /// <param name="part">wi and wo, or wi_0, wi_1 and wo where it is gated.</param>
    public static string Mlp(int layer, string part) => $"encoder.block.{layer}.layer.1.DenseReluDense.{part}.weight";

    /// <summary>The name under which this checkpoint keeps the token embeddings.</summary>
    public static string Embedding(Checkpoint checkpoint) => checkpoint.Contains(Shared) ? Shared : EncoderEmbedding;

    /// <exception cref="CheckpointException">A tensor is missing or has another shape.</exception>
    public static void Load(WeightStore store, Checkpoint checkpoint, T5Config config, WeightFormat format)
    {
        int hidden = config.HiddenSize, inner = config.Heads * config.HeadSize;
        store.AddTable(Embedding(checkpoint), config.VocabularySize, hidden, format);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            store.AddVector(AttentionNorm(layer), hidden);
            store.AddMatrix(Attention(layer, 'q'), inner, hidden, format);
            store.AddMatrix(Attention(layer, 'k'), inner, hidden, format);
            store.AddMatrix(Attention(layer, 'v'), inner, hidden, format);
            store.AddMatrix(Attention(layer, 'o'), hidden, inner, format);
            store.AddVector(MlpNorm(layer), hidden);
            foreach (string part in config.GatedGelu ? (string[])["wi_0", "wi_1"] : ["wi"])
                store.AddMatrix(Mlp(layer, part), config.IntermediateSize, hidden, format);

            store.AddMatrix(Mlp(layer, "wo"), hidden, config.IntermediateSize, format);
        }
        store.AddVector(FinalNorm, hidden);
        AddRelativeBias(store, checkpoint, config);
    }

    /// <summary>Bias [heads, 2R+1] of key position - query position = -R..R, R being the distance from which the bucket stays.</summary>
    private static void AddRelativeBias(WeightStore store, Checkpoint checkpoint, T5Config config)
    {
        float[] buckets = checkpoint.Floats(BucketBias, config.RelativeBuckets, config.Heads);
        int reach = config.RelativeMaxDistance, width = (2 * reach) + 1;
        var bias = new float[config.Heads * width];
        for (int distance = -reach; distance <= reach; distance++)
            for (int head = 0; head < config.Heads; head++)
                bias[(head * width) + distance + reach] = buckets[(Bucket(distance, config) * config.Heads) + head];

        store.AddComputed(RelativeBias, bias, config.Heads, width);
    }

    /// <summary>
    /// T5's bidirectional bucket of key position - query position: one half for keys ahead; in each, near distances have a bucket each and
    /// far ones share logarithmically wider ones (https://arxiv.org/abs/1910.10683, section 2.1, as transformers computes it).
    /// </summary>
    private static int Bucket(int distance, T5Config config)
    {
        int half = config.RelativeBuckets / 2, exact = half / 2;
        int side = distance > 0 ? half : 0;
        int length = Math.Abs(distance);
        if (length < exact)
            return side + length;

        double share = Math.Log((double)length / exact) / Math.Log((double)config.RelativeMaxDistance / exact);
        return side + Math.Min(half - 1, exact + (int)(share * (half - exact)));
    }
}

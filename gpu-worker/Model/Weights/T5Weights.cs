using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>The names that Hugging Face gives a T5 encoder's tensors, and what a graph's weights are made of.</summary>
internal static class T5Weights
{
    public const string DenseFolder = "2_Dense";
    public const string Dense = "linear.weight";
    public const string FinalNorm = "encoder.final_layer_norm.weight";
    public const string RelativeBias = "relative_bias";

    public const string SharedEmbedding = "shared.weight";
    public const string EncoderEmbedding = "encoder.embed_tokens.weight";

    private const string BucketBias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";

    public static string AttentionNorm(int layer) => $"encoder.block.{layer}.layer.0.layer_norm.weight";

    public static string MlpNorm(int layer) => $"encoder.block.{layer}.layer.1.layer_norm.weight";

    /// <param name="part">q, k, v or o.</param>
    public static string Attention(int layer, char part) => $"encoder.block.{layer}.layer.0.SelfAttention.{part}.weight";

    /// <param name="part">wi and wo, or wi_0, wi_1 and wo where it is gated.</param>
    public static string Mlp(int layer, string part) => $"encoder.block.{layer}.layer.1.DenseReluDense.{part}.weight";

    /// <summary>The weights of the encoder's graph and of the Dense layer behind it, where there is one.</summary>
    /// <param name="embedding">The name under which the checkpoint keeps the token embeddings.</param>
    public static IEnumerable<PlannedWeight> Plan(T5Config config, string embedding, WeightFormatMix formats)
    {
        int hidden = config.HiddenSize, inner = config.Heads * config.HeadSize, channels = config.IntermediateSize;
        yield return PlannedWeight.Table(embedding, formats.Format, config.VocabularySize, hidden);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            yield return PlannedWeight.Vector(AttentionNorm(layer), hidden);
            foreach (char part in "qkv")
                yield return PlannedWeight.Matrix(Attention(layer, part), formats, layer, $"{part}", inner, hidden);

            yield return PlannedWeight.Matrix(Attention(layer, 'o'), formats, layer, "o", hidden, inner);
            yield return PlannedWeight.Vector(MlpNorm(layer), hidden);
            foreach (string part in config.GatedGelu ? (string[])["wi_0", "wi_1"] : ["wi"])
                yield return PlannedWeight.Matrix(Mlp(layer, part), formats, layer, part, channels, hidden);

            yield return PlannedWeight.Matrix(Mlp(layer, "wo"), formats, layer, "wo", hidden, channels);
        }
        yield return PlannedWeight.Vector(FinalNorm, hidden);
        yield return PlannedWeight.Table(RelativeBias, config.Heads, (2 * config.RelativeMaxDistance) + 1, [BucketBias], source => RelativeBiasOf(source, config));
        if (config.DenseSize is { } size)
            yield return PlannedWeight.Matrix(Dense, formats, null, "dense", size, hidden);
    }

    /// <summary>Bias [heads, 2R+1] of key position - query position = -R..R, R being the distance from which the bucket stays.</summary>
    private static float[] RelativeBiasOf(IWeightSource source, T5Config config)
    {
        var buckets = new float[config.RelativeBuckets * config.Heads];
        new WeightRows(source, PlannedWeight.Table(BucketBias, WeightFormat.Float32, config.RelativeBuckets, config.Heads)).Copy(buckets);
        int reach = config.RelativeMaxDistance, width = (2 * reach) + 1;
        var bias = new float[config.Heads * width];
        for (int distance = -reach; distance <= reach; distance++)
            for (int head = 0; head < config.Heads; head++)
                bias[(head * width) + distance + reach] = buckets[(Bucket(distance, config) * config.Heads) + head];

        return bias;
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

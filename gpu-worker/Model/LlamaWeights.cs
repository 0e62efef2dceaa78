namespace Serverless.GpuWorker.Model;

/// <summary>The names that Hugging Face gives a Llama's tensors, and their loading.</summary>
internal static class LlamaWeights
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string FinalNorm = "model.norm.weight";
    public const string LmHead = "lm_head.weight";
    public const string Cos = "rope.cos";
    public const string Sin = "rope.sin";

    public static string AttentionNorm(int layer) => $"model.layers.{layer}.input_layernorm.weight";

    public static string MlpNorm(int layer) => $"model.layers.{layer}.post_attention_layernorm.weight";

    /// <param name="part">q, k, v or o.</param>
    public static string Attention(int layer, char part) => $"model.layers.{layer}.self_attn.{part}_proj.weight";

    /// <param name="part">gate, up or down.</param>
    public static string Mlp(int layer, string part) => $"model.layers.{layer}.mlp.{part}_proj.weight";

    /// <exception cref="CheckpointException">A tensor is missing or has another shape.</exception>
    public static WeightStore Load(IWeightSource source, LlamaConfig config, WeightFormat format)
    {
        var store = new WeightStore(source);
        try
        {
            int hidden = config.HiddenSize, queries = config.Heads * config.HeadSize, keys = config.KvHeads * config.HeadSize;
            store.AddTable(Embedding, config.VocabularySize, hidden, format);
            for (int layer = 0; layer < config.Layers; layer++)
            {
                store.AddVector(AttentionNorm(layer), hidden);
                store.AddMatrix(Attention(layer, 'q'), queries, hidden, format);
                store.AddMatrix(Attention(layer, 'k'), keys, hidden, format);
                store.AddMatrix(Attention(layer, 'v'), keys, hidden, format);
                store.AddMatrix(Attention(layer, 'o'), hidden, queries, format);
                store.AddVector(MlpNorm(layer), hidden);
                store.AddMatrix(Mlp(layer, "gate"), config.IntermediateSize, hidden, format);
                store.AddMatrix(Mlp(layer, "up"), config.IntermediateSize, hidden, format);
                store.AddMatrix(Mlp(layer, "down"), hidden, config.IntermediateSize, format);
            }
            store.AddVector(FinalNorm, hidden);
            if (!config.TiedEmbeddings)
                store.AddMatrix(LmHead, config.VocabularySize, hidden, format);

            AddRotaryTables(store, config);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>cos and sin [context, HeadSize/2] of position * theta^(-2i/HeadSize), in double until they are stored.</summary>
    private static void AddRotaryTables(WeightStore store, LlamaConfig config)
    {
        int half = config.HeadSize / 2;
        var cos = new float[config.ContextLength * half];
        var sin = new float[config.ContextLength * half];
        for (int i = 0; i < half; i++)
        {
            double frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
            for (int position = 0; position < config.ContextLength; position++)
                (sin[(position * half) + i], cos[(position * half) + i]) = ((float, float))Math.SinCos(position * frequency);
        }
        store.AddComputed(Cos, cos, config.ContextLength, half);
        store.AddComputed(Sin, sin, config.ContextLength, half);
    }
}

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
    public static WeightStore Load(IWeightSource source, LlamaConfig config, WeightFormat format) => Load(source, new LlamaShard(config), format, null);

    /// <summary>Loads one rank's part.</summary>
    /// <param name="first">Rank 0's weights, whose replicated ones the other ranks share; it must outlive theirs. Null for rank 0.</param>
    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or cannot be sliced.</exception>
    public static WeightStore Load(IWeightSource source, LlamaShard shard, WeightFormat format, WeightStore? first)
    {
        var store = new WeightStore(source);
        try
        {
            var whole = shard.Whole;
            if (first is null)
                AddReplicated(store, whole, format);
            else
                ShareReplicated(store, whole, first);

            for (int layer = 0; layer < whole.Layers; layer++)
            {
                foreach (var matrix in (LlamaMatrix[])[.. LlamaTensors.Projections(shard, layer), LlamaTensors.Output(shard, layer), .. LlamaTensors.Gates(shard, layer), LlamaTensors.Down(shard, layer)])
                    Add(matrix);
            }
            if (shard.HasHead)
            {
                store.AddVector(FinalNorm, whole.HiddenSize);
                if (!whole.TiedEmbeddings)
                    Add(LlamaTensors.Head(shard));
            }
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }

        void Add(LlamaMatrix matrix) => store.AddMatrix(matrix.Name, matrix.Rows, matrix.Columns, format, matrix.Slice);
    }

    private static void AddReplicated(WeightStore store, LlamaConfig config, WeightFormat format)
    {
        store.AddTable(Embedding, config.VocabularySize, config.HiddenSize, format);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            store.AddVector(AttentionNorm(layer), config.HiddenSize);
            store.AddVector(MlpNorm(layer), config.HiddenSize);
        }
        AddRotaryTables(store, config);
    }

    private static void ShareReplicated(WeightStore store, LlamaConfig config, WeightStore first)
    {
        foreach (string name in (string[])[Embedding, Cos, Sin])
            store.Share(first[name]);

        for (int layer = 0; layer < config.Layers; layer++)
        {
            store.Share(first[AttentionNorm(layer)]);
            store.Share(first[MlpNorm(layer)]);
        }
    }

    private static void AddRotaryTables(WeightStore store, LlamaConfig config)
    {
        var (cos, sin) = RotaryTables.Compute(config);
        store.AddComputed(Cos, cos, config.ContextLength, config.HeadSize / 2);
        store.AddComputed(Sin, sin, config.ContextLength, config.HeadSize / 2);
    }
}

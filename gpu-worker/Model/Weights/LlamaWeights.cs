using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>The names that Hugging Face gives a Llama's tensors, and what a graph's weights are made of.</summary>
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

    /// <summary>Opens a folder's weights; they must be those of the plan, no more.</summary>
    /// <param name="plan">That of rank 0, which has every name.</param>
    /// <exception cref="CheckpointException">No weights, malformed ones, or tensors that the model has no use for.</exception>
    public static Checkpoint Open(string folder, IEnumerable<PlannedWeight> plan)
    {
        var checkpoint = Checkpoint.Open(folder);
        try
        {
            // Early conversions stored the rotary frequencies, which config.json gives.
            checkpoint.RefuseSurplus(plan, name => name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal));
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <exception cref="CheckpointException">A tensor is missing or has another shape.</exception>
    public static WeightStore Load(IWeightSource source, LlamaConfig config, WeightFormatMix formats) => Load(source, new LlamaShard(config), formats, null);

    /// <summary>Loads one rank's part.</summary>
    /// <param name="first">Rank 0's weights, whose replicated ones the other ranks share; it must outlive theirs. Null for rank 0.</param>
    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or cannot be sliced.</exception>
    public static WeightStore Load(IWeightSource source, LlamaShard shard, WeightFormatMix formats, WeightStore? first) =>
        WeightStore.Load(source, Plan(shard, formats), first);

    /// <summary>The weights of one rank's graph: what each is made of and which format it has.</summary>
    public static IEnumerable<PlannedWeight> Plan(LlamaShard shard, WeightFormatMix formats)
    {
        var (whole, own) = (shard.Whole, shard.Config);
        int hidden = whole.HiddenSize, queries = whole.Heads * whole.HeadSize, keys = whole.KvHeads * whole.HeadSize, channels = whole.IntermediateSize;
        yield return PlannedWeight.Table(Embedding, formats.Format, whole.VocabularySize, hidden);
        yield return PlannedWeight.Table(Cos, whole.ContextLength, whole.HeadSize / 2, [], _ => RotaryTables.Cos(whole));
        yield return PlannedWeight.Table(Sin, whole.ContextLength, whole.HeadSize / 2, [], _ => RotaryTables.Sin(whole));
        for (int layer = 0; layer < whole.Layers; layer++)
        {
            yield return PlannedWeight.Vector(AttentionNorm(layer), hidden);
            yield return PlannedWeight.Matrix(Attention(layer, 'q'), formats, layer, "q", queries, hidden, shard.HeadRows(own.Heads));
            yield return PlannedWeight.Matrix(Attention(layer, 'k'), formats, layer, "k", keys, hidden, shard.HeadRows(own.KvHeads));
            yield return PlannedWeight.Matrix(Attention(layer, 'v'), formats, layer, "v", keys, hidden, shard.HeadRows(own.KvHeads));
            yield return PlannedWeight.Matrix(Attention(layer, 'o'), formats, layer, "o", hidden, queries, shard.HeadColumns);
            yield return PlannedWeight.Vector(MlpNorm(layer), hidden);
            yield return PlannedWeight.Matrix(Mlp(layer, "gate"), formats, layer, "gate", channels, hidden, shard.ChannelRows);
            yield return PlannedWeight.Matrix(Mlp(layer, "up"), formats, layer, "up", channels, hidden, shard.ChannelRows);
            yield return PlannedWeight.Matrix(Mlp(layer, "down"), formats, layer, "down", hidden, channels, shard.ChannelColumns);
        }
        if (!shard.HasHead)
            yield break;

        yield return PlannedWeight.Vector(FinalNorm, hidden, isReplicated: shard.IsVocabularySharded);
        if (!whole.TiedEmbeddings)
            yield return PlannedWeight.Matrix(LmHead, formats, null, "lm_head", whole.VocabularySize, hidden, shard.VocabularyRows);
    }

    /// <summary>Whether a step reads all of a weight: of the tables it reads a few rows, unless the embedding table is lm_head too.</summary>
    public static bool IsReadWhole(LlamaConfig config, string weight) => weight is not (Cos or Sin) && (weight != Embedding || config.TiedEmbeddings);
}

using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Tests.Reference;

/// <summary>A random Llama checkpoint in a temporary folder, and the reference that computes what it should.</summary>
internal sealed class RandomLlama : IDisposable
{
    /// <param name="extra">Adds to the checkpoint, or changes it.</param>
    public RandomLlama(LlamaConfig config, int seed, TensorType type = TensorType.F32, Action<RandomTensors>? extra = null)
    {
        Config = config;
        var tensors = new RandomTensors(seed, type);
        int hidden = config.HiddenSize, queries = config.Heads * config.HeadSize, keys = config.KvHeads * config.HeadSize;
        tensors.Add("model.embed_tokens.weight", 1, config.VocabularySize, hidden);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            tensors.Add(prefix + "input_layernorm.weight", 1, hidden);
            tensors.Add(prefix + "self_attn.q_proj.weight", 2 / Math.Sqrt(hidden), queries, hidden);
            tensors.Add(prefix + "self_attn.k_proj.weight", 2 / Math.Sqrt(hidden), keys, hidden);
            tensors.Add(prefix + "self_attn.v_proj.weight", 1 / Math.Sqrt(hidden), keys, hidden);
            tensors.Add(prefix + "self_attn.o_proj.weight", 1 / Math.Sqrt(queries), hidden, queries);
            tensors.Add(prefix + "post_attention_layernorm.weight", 1, hidden);
            tensors.Add(prefix + "mlp.gate_proj.weight", 1 / Math.Sqrt(hidden), config.IntermediateSize, hidden);
            tensors.Add(prefix + "mlp.up_proj.weight", 1 / Math.Sqrt(hidden), config.IntermediateSize, hidden);
            tensors.Add(prefix + "mlp.down_proj.weight", 1 / Math.Sqrt(config.IntermediateSize), hidden, config.IntermediateSize);
        }
        tensors.Add("model.norm.weight", 1, hidden);
        if (!config.TiedEmbeddings)
            tensors.Add("lm_head.weight", 2 / Math.Sqrt(hidden), config.VocabularySize, hidden);

        extra?.Invoke(tensors);
        Tensors = tensors.Tensors.ToDictionary(t => t.Name);
        Folder = Directory.CreateTempSubdirectory("llama-").FullName;
        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), tensors.Tensors);
        File.WriteAllText(Path.Combine(Folder, "config.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["architectures"] = (string[])["LlamaForCausalLM"],
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = hidden,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KvHeads,
            ["head_dim"] = config.HeadSize,
            ["max_position_embeddings"] = config.ContextLength,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_theta"] = config.RopeTheta,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
            ["eos_token_id"] = config.EosTokens,
        }));
        Reference = new ReferenceLlama(config, Tensors);
    }

    public LlamaConfig Config { get; }

    public string Folder { get; }

    public IReadOnlyDictionary<string, TensorData> Tensors { get; }

    public ReferenceLlama Reference { get; }

    /// <summary>A small shape; group is query heads to a key-value head.</summary>
    public static LlamaConfig Tiny(int kvHeads = 2, int group = 2, int headSize = 16) => new()
    {
        VocabularySize = 101,
        HiddenSize = 40,
        IntermediateSize = 56,
        Layers = 2,
        Heads = kvHeads * group,
        KvHeads = kvHeads,
        HeadSize = headSize,
        ContextLength = 96,
        EosTokens = [2],
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

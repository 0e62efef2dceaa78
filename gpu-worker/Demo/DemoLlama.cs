using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Demo;

/// <summary>
/// A Llama checkpoint whose weights are all computed here, none learnt: it answers a retrieval prompt by copying, word for
/// word, the sentence of the context that shares the question's rarest words, then stops. It matches words and understands
/// nothing. It is there so that everything around a model can be run, shown and tested without a download.
/// </summary>
public static class DemoLlama
{
    public const string ModelName = "demo-llama";

    /// <summary>Longer prompts work, with more wrong picks beyond about 2,500 tokens.</summary>
    public const int ContextLength = 4096;

    private const double RopeTheta = 1e16;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The tokenizer that every demo checkpoint comes with, trained on this repository's own texts.</summary>
    public static SentencePieceTokenizer Tokenizer() => new(SentencePieceModelReader.Read(DemoResources.Bytes("demo-llama.model")));

    /// <summary>
    /// Writes config.json, generation_config.json, tokenizer.model and model.safetensors (Hugging Face's Llama layout) into
    /// <paramref name="folder"/>, which is created; the same bytes every time.
    /// </summary>
    /// <param name="folder">Where to; files of these names are replaced.</param>
    /// <param name="type">Storage type of the weights; F16 is enough (int8 quantisation keeps its answers, int4 does not).</param>
    /// <param name="keyValueHeads">2, or 4: each is then there for one query head instead of two, so that 4 ranks can divide them; answers are the same.</param>
    public static void Write(string folder, TensorType type = TensorType.F16, int keyValueHeads = AttentionLayer.KeyValueHeads)
    {
        Directory.CreateDirectory(folder);
        var tokenizer = Tokenizer();
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), Tensors(tokenizer, type, keyValueHeads));
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), DemoResources.Bytes("demo-llama.model"));
        File.WriteAllText(Path.Combine(folder, "config.json"), Config(tokenizer, type, keyValueHeads).ToJsonString(Indented) + "\n");
        File.WriteAllText(
            Path.Combine(folder, "generation_config.json"),
            new JsonObject { ["bos_token_id"] = tokenizer.BosId, ["eos_token_id"] = tokenizer.EosId, ["do_sample"] = false }.ToJsonString(Indented) + "\n");
    }

    private static IEnumerable<TensorData> Tensors(SentencePieceTokenizer tokenizer, TensorType type, int keyValueHeads)
    {
        var embeddings = new DemoEmbeddings(new DemoVocabulary(tokenizer));
        var layers = new DemoLlamaLayers(embeddings);
        var ones = Enumerable.Repeat(1f, Residual.Width).ToArray();
        yield return embeddings.Input().ToTensor("model.embed_tokens.weight", type);
        for (var layer = 0; layer < DemoLlamaLayers.Count; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            yield return TensorData.FromFloats(prefix + "input_layernorm.weight", ones, [Residual.Width], type);
            foreach (var tensor in layers.Attention[layer].ToTensors(prefix + "self_attn.", type, keyValueHeads)) yield return tensor;
            yield return TensorData.FromFloats(prefix + "post_attention_layernorm.weight", ones, [Residual.Width], type);
            foreach (var tensor in layers.Mlp[layer].ToTensors(prefix + "mlp.", type)) yield return tensor;
        }

        yield return TensorData.FromFloats("model.norm.weight", ones, [Residual.Width], type);
        yield return embeddings.Output(tokenizer.EosId).ToTensor("lm_head.weight", type);
    }

    private static JsonObject Config(SentencePieceTokenizer tokenizer, TensorType type, int keyValueHeads) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["vocab_size"] = tokenizer.VocabularySize,
        ["hidden_size"] = Residual.Width,
        ["intermediate_size"] = GatedMlp.Units,
        ["num_hidden_layers"] = DemoLlamaLayers.Count,
        ["num_attention_heads"] = AttentionLayer.Heads,
        ["num_key_value_heads"] = keyValueHeads,
        ["hidden_act"] = "silu",
        ["max_position_embeddings"] = ContextLength,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = RopeTheta,
        ["attention_bias"] = false,
        ["tie_word_embeddings"] = false,
        ["bos_token_id"] = tokenizer.BosId,
        ["eos_token_id"] = tokenizer.EosId,
        ["torch_dtype"] = type switch { TensorType.F16 => "float16", TensorType.BF16 => "bfloat16", _ => "float32" },
    };
}

using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model;

/// <summary>The shape of a Llama, from the config.json of its Hugging Face checkpoint (https://huggingface.co/docs/transformers/model_doc/llama).</summary>
public sealed record LlamaConfig
{
    private const string GenerationConfig = "generation_config.json";

    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Key-value heads; query head h reads key-value head h / (Heads / KvHeads).</summary>
    public required int KvHeads { get; init; }

    /// <summary>Dimensions of a head; a multiple of 8.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Tokens of prompt and answer together.</summary>
    public required int ContextLength { get; init; }

    /// <summary>RMSNorm's epsilon.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Base of the rotary frequencies theta^(-2i/HeadSize); no upper limit.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Whether lm_head is the embedding table.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Tokens that end a sequence.</summary>
    public IReadOnlyList<int> EosTokens { get; init; } = [2];

    /// <summary>Refuses a tokenizer that could give tokens which the model does not have.</summary>
    /// <exception cref="CheckpointException">It has more pieces than the vocabulary.</exception>
    internal void CheckTokenizer(int pieces)
    {
        if (pieces > VocabularySize)
            throw new CheckpointException($"config.json: vocab_size is {VocabularySize}; the folder's tokenizer has {pieces} pieces.");
    }

    /// <summary>The one in a checkpoint's folder.</summary>
    /// <exception cref="CheckpointException">A field is missing, malformed, or asks for what is not supported.</exception>
    public static LlamaConfig Read(string folder)
    {
        var config = ConfigReader.Open(Path.Combine(folder, "config.json"));
        string architecture = config.FirstOf("architectures") ?? "LlamaForCausalLM";
        if (architecture != "LlamaForCausalLM")
            throw config.Error("architectures", $"names '{architecture}'; only LlamaForCausalLM is supported");

        config.Require("model_type", "llama");
        config.Require("hidden_act", "silu");
        config.RequireFalse("attention_bias");
        config.RequireFalse("mlp_bias");
        if (config.Section("rope_scaling") is not null)
            throw config.Error("rope_scaling", "is set; scaled rotary embeddings are not supported");

        var rope = config.Section("rope_parameters");
        rope?.Require("rope_type", "default");

        if (config.Has("rope_theta") && rope is not null && rope.Has("rope_theta") && config.Number("rope_theta", 0) != rope.Number("rope_theta", 0))
            throw config.Error("rope_theta", "and rope_parameters.rope_theta differ");

        int heads = config.Size("num_attention_heads", 4096);
        int hidden = config.Size("hidden_size", 1 << 17);
        if (!config.Has("head_dim") && hidden % heads != 0)
            throw config.Error("hidden_size", $"is {hidden}, which the {heads} of num_attention_heads do not divide");

        var read = new LlamaConfig
        {
            VocabularySize = config.Size("vocab_size", 1 << 24),
            HiddenSize = hidden,
            IntermediateSize = config.Size("intermediate_size", 1 << 20),
            Layers = config.Size("num_hidden_layers", 4096),
            Heads = heads,
            KvHeads = config.Size("num_key_value_heads", 4096, heads),
            HeadSize = config.Size("head_dim", 1024, Math.Max(1, hidden / heads)),
            ContextLength = config.Size("max_position_embeddings", 1 << 20, 2048),
            NormEpsilon = (float)config.Number("rms_norm_eps", 1e-6),
            RopeTheta = config.Number("rope_theta", rope?.Number("rope_theta", 10000) ?? 10000),
            TiedEmbeddings = config.Flag("tie_word_embeddings"),
            EosTokens = EosTokensOf(config, folder),
        };
        if (read.Heads % read.KvHeads != 0)
            throw config.Error("num_key_value_heads", $"must divide num_attention_heads, {read.Heads}");

        if (read.HeadSize % 8 != 0)
            throw config.Error("head_dim", $"is {read.HeadSize}; it must be a multiple of 8");

        if (read.IntermediateSize % 8 != 0)
            throw config.Error("intermediate_size", $"is {read.IntermediateSize}; it must be a multiple of 8");

        if (read.EosTokens.Any(id => id >= read.VocabularySize))
            throw config.Error("eos_token_id", $"is not in the vocabulary of {read.VocabularySize}, here or in {GenerationConfig}");

        return read;
    }

    /// <summary>Those of both files: tuned models name the ends of their turns in the second alone, which Hugging Face's generate and vLLM heed.</summary>
    private static IReadOnlyList<int> EosTokensOf(ConfigReader config, string folder)
    {
        string path = Path.Combine(folder, GenerationConfig);
        var own = config.Ids("eos_token_id", [2]);
        return File.Exists(path) ? [.. own.Union(ConfigReader.Open(path).Ids("eos_token_id", []))] : own;
    }
}

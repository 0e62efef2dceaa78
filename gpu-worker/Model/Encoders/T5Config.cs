using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Encoders;

/// <summary>The shape of a T5 encoder, from the config.json of its Hugging Face checkpoint (https://huggingface.co/docs/transformers/model_doc/t5).</summary>
public sealed record T5Config
{
    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Dimensions of a head; a multiple of 8, and not necessarily HiddenSize / Heads.</summary>
    public required int HeadSize { get; init; }

    public int RelativeBuckets { get; init; } = 32;

    /// <summary>Distance from which all positions share the last bucket.</summary>
    public int RelativeMaxDistance { get; init; } = 128;

    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>T5 v1.1's gated GELU in place of ReLU.</summary>
    public bool GatedGelu { get; init; }

    /// <summary>Length of the vector that the Dense layer makes; null without one: then it is HiddenSize.</summary>
    public int? DenseSize { get; init; }

    /// <summary>Most tokens of a text.</summary>
    public int MaxTokens { get; init; } = 512;

    public int Dimensions => DenseSize ?? HiddenSize;

    /// <exception cref="CheckpointException">A field is missing, malformed, or asks for what is not supported.</exception>
    public static T5Config Read(string folder)
    {
        var config = ConfigReader.Open(Path.Combine(folder, "config.json"));
        string architecture = config.FirstOf("architectures") ?? "T5EncoderModel";
        if (architecture is not ("T5EncoderModel" or "T5Model" or "T5ForConditionalGeneration"))
            throw config.Error("architectures", $"names '{architecture}'; only a T5 encoder is supported");

        config.Require("model_type", "t5");
        string feedForward = config.Text("feed_forward_proj") ?? "relu";
        if (feedForward is not ("relu" or "gated-gelu"))
            throw config.Error("feed_forward_proj", $"is '{feedForward}'; relu and gated-gelu are supported");

        var read = new T5Config
        {
            VocabularySize = config.Size("vocab_size", 1 << 24),
            HiddenSize = config.Size("d_model", 1 << 17),
            IntermediateSize = config.Size("d_ff", 1 << 20),
            Layers = config.Size("num_layers", 4096),
            Heads = config.Size("num_heads", 4096),
            HeadSize = config.Size("d_kv", 4096),
            RelativeBuckets = config.Size("relative_attention_num_buckets", 4096, 32),
            RelativeMaxDistance = config.Size("relative_attention_max_distance", 1 << 16, 128),
            NormEpsilon = (float)config.Number("layer_norm_epsilon", 1e-6),
            GatedGelu = feedForward == "gated-gelu",
            MaxTokens = config.Size("n_positions", 1 << 20, 512),
            DenseSize = ReadDense(folder),
        };
        if (read.HeadSize % 8 != 0)
            throw config.Error("d_kv", $"is {read.HeadSize}; it must be a multiple of 8");

        if (read.RelativeBuckets < 4 || read.RelativeBuckets % 4 != 0)
            throw config.Error("relative_attention_num_buckets", "must be a multiple of 4");

        if (read.RelativeMaxDistance <= read.RelativeBuckets / 4)
            throw config.Error("relative_attention_max_distance", "must exceed a quarter of relative_attention_num_buckets");

        return read;
    }

    /// <summary>The Dense module that sentence-transformers puts behind the encoder's pooling.</summary>
    private static int? ReadDense(string folder)
    {
        string path = Path.Combine(folder, T5Weights.DenseFolder, "config.json");
        if (!File.Exists(path))
            return null;

        var dense = ConfigReader.Open(path);
        dense.RequireFalse("bias");
        dense.Require("activation_function", "torch.nn.modules.linear.Identity");
        return dense.Size("out_features", 1 << 17);
    }
}

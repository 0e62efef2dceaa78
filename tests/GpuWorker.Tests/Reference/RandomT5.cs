using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;

namespace Serverless.GpuWorker.Tests.Reference;

/// <summary>A random T5 encoder checkpoint in a temporary folder, and the reference that computes what it should.</summary>
internal sealed class RandomT5 : IDisposable
{
    public RandomT5(T5Config config, int seed)
    {
        Config = config;
        var tensors = new RandomTensors(seed, TensorType.F32);
        int hidden = config.HiddenSize, inner = config.Heads * config.HeadSize;
        tensors.Add("shared.weight", 1, config.VocabularySize, hidden);
        tensors.Add("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", 1, config.RelativeBuckets, config.Heads);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string attention = $"encoder.block.{layer}.layer.0.", mlp = $"encoder.block.{layer}.layer.1.";
            tensors.Add(attention + "layer_norm.weight", 1, hidden);
            tensors.Add(attention + "SelfAttention.q.weight", 0.5 / Math.Sqrt(hidden), inner, hidden);
            tensors.Add(attention + "SelfAttention.k.weight", 1 / Math.Sqrt(hidden), inner, hidden);
            tensors.Add(attention + "SelfAttention.v.weight", 1 / Math.Sqrt(hidden), inner, hidden);
            tensors.Add(attention + "SelfAttention.o.weight", 1 / Math.Sqrt(inner), hidden, inner);
            tensors.Add(mlp + "layer_norm.weight", 1, hidden);
            foreach (string part in config.GatedGelu ? (string[])["wi_0", "wi_1"] : ["wi"])
                tensors.Add($"{mlp}DenseReluDense.{part}.weight", 1 / Math.Sqrt(hidden), config.IntermediateSize, hidden);

            tensors.Add(mlp + "DenseReluDense.wo.weight", 1 / Math.Sqrt(config.IntermediateSize), hidden, config.IntermediateSize);
        }
        tensors.Add("encoder.final_layer_norm.weight", 1, hidden);
        Folder = Directory.CreateTempSubdirectory("t5-").FullName;
        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), tensors.Tensors);
        Write("config.json", new()
        {
            ["architectures"] = (string[])["T5EncoderModel"],
            ["model_type"] = "t5",
            ["vocab_size"] = config.VocabularySize,
            ["d_model"] = hidden,
            ["d_kv"] = config.HeadSize,
            ["d_ff"] = config.IntermediateSize,
            ["num_layers"] = config.Layers,
            ["num_heads"] = config.Heads,
            ["relative_attention_num_buckets"] = config.RelativeBuckets,
            ["relative_attention_max_distance"] = config.RelativeMaxDistance,
            ["feed_forward_proj"] = config.GatedGelu ? "gated-gelu" : "relu",
        });
        TensorData? dense = null;
        if (config.DenseSize is { } size)
        {
            var denseTensors = new RandomTensors(seed + 1, TensorType.F32);
            denseTensors.Add("linear.weight", 1, size, hidden);
            dense = denseTensors.Tensors[0];
            Directory.CreateDirectory(Path.Combine(Folder, "2_Dense"));
            SafetensorsWriter.Write(Path.Combine(Folder, "2_Dense", "model.safetensors"), [dense]);
            Write("2_Dense/config.json", new() { ["in_features"] = hidden, ["out_features"] = size, ["bias"] = false });
        }
        Reference = new ReferenceT5(config, tensors.Tensors.ToDictionary(t => t.Name), dense);
    }

    public T5Config Config { get; }

    public string Folder { get; }

    public ReferenceT5 Reference { get; }

    public static T5Config Tiny => new()
    {
        VocabularySize = 83,
        HiddenSize = 36,
        IntermediateSize = 50,
        Layers = 2,
        Heads = 3,
        HeadSize = 8,
        DenseSize = 20,
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Write(string file, Dictionary<string, object> values) => File.WriteAllText(Path.Combine(Folder, file), JsonSerializer.Serialize(values));
}

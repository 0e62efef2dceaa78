using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Demo;

/// <summary>
/// A Hugging Face checkpoint of random weights, of any Llama shape: for tests and benchmarks of loading, converting and serving. It is written
/// from a few megabytes of memory. What it says is noise.
/// </summary>
internal sealed class RandomCheckpoint
{
    /// <summary>Bytes of weights in a file, as Hugging Face's own tools cut them; a single tensor may be larger.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    private const int ChunkElements = 1 << 18;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly LlamaConfig _config;
    private readonly TensorType _type;
    private readonly int _seed;
    private readonly IReadOnlyList<SafetensorsEntry> _tensors;

    public RandomCheckpoint(LlamaConfig config, TensorType type, int seed)
    {
        _config = config;
        _type = type;
        _seed = seed;
        _tensors =
        [
            .. LlamaWeights.Plan(new LlamaShard(config), WeightFormat.Checkpoint).SelectMany(weight => weight.Parts).Select(part => new SafetensorsEntry(part.Tensor, type, part.Shape)),
        ];
    }

    /// <summary>Bytes of all weights.</summary>
    public long Bytes => _tensors.Sum(tensor => tensor.ByteLength);

    /// <summary>Writes config.json, generation_config.json, tokenizer.model and the weights; the same bytes for the same seed.</summary>
    public void Write(string folder, long shardBytes = DefaultShardBytes)
    {
        Directory.CreateDirectory(folder);
        WriteJson(folder, "config.json", Config());
        WriteJson(folder, "generation_config.json", new JsonObject { ["bos_token_id"] = 1, ["eos_token_id"] = 2, ["do_sample"] = false });
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), PaddedTokenizer.Create(_config.VocabularySize));
        using var weights = RandomWeights.For(_config, _seed);
        var shards = Shards(shardBytes);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), shards[0], (tensor, file) => WriteTensor(weights, tensor, file));
            return;
        }
        var map = new JsonObject();
        for (int i = 0; i < shards.Count; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
            SafetensorsWriter.Write(Path.Combine(folder, name), shards[i], (tensor, file) => WriteTensor(weights, tensor, file));
            foreach (var tensor in shards[i])
                map[tensor.Name] = name;
        }
        WriteJson(folder, "model.safetensors.index.json", new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = Bytes }, ["weight_map"] = map });
    }

    private List<List<SafetensorsEntry>> Shards(long shardBytes)
    {
        List<List<SafetensorsEntry>> shards = [[]];
        long bytes = 0;
        foreach (var tensor in _tensors)
        {
            if (bytes + tensor.ByteLength > shardBytes && bytes > 0)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }
        return shards;
    }

    private static void WriteTensor(RandomWeights weights, SafetensorsEntry tensor, Stream file)
    {
        var stored = weights.TypeOf(tensor.Name, tensor.Shape);
        var random = new byte[ChunkElements * TensorTypes.SizeOf(stored)];
        var values = new float[ChunkElements];
        var narrowed = new byte[ChunkElements * TensorTypes.SizeOf(tensor.Type)];
        long elements = TensorData.CountOf(tensor.Shape);
        for (long at = 0; at < elements; at += ChunkElements)
        {
            int count = (int)Math.Min(ChunkElements, elements - at);
            var chunk = random.AsSpan(0, count * TensorTypes.SizeOf(stored));
            weights.Read(tensor.Name, at * TensorTypes.SizeOf(stored), chunk);
            if (stored != tensor.Type)
            {
                TensorTypes.Widen(stored, chunk, values.AsSpan(0, count));
                chunk = narrowed.AsSpan(0, count * TensorTypes.SizeOf(tensor.Type));
                TensorTypes.Narrow(values.AsSpan(0, count), tensor.Type, chunk);
            }
            file.Write(chunk);
        }
    }

    private JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["vocab_size"] = _config.VocabularySize,
        ["hidden_size"] = _config.HiddenSize,
        ["intermediate_size"] = _config.IntermediateSize,
        ["num_hidden_layers"] = _config.Layers,
        ["num_attention_heads"] = _config.Heads,
        ["num_key_value_heads"] = _config.KvHeads,
        ["head_dim"] = _config.HeadSize,
        ["hidden_act"] = "silu",
        ["max_position_embeddings"] = _config.ContextLength,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = _config.RopeTheta,
        ["attention_bias"] = false,
        ["tie_word_embeddings"] = _config.TiedEmbeddings,
        ["bos_token_id"] = 1,
        ["eos_token_id"] = 2,
        ["torch_dtype"] = _type switch { TensorType.F16 => "float16", TensorType.BF16 => "bfloat16", _ => "float32" },
    };

    private static void WriteJson(string folder, string name, JsonObject content) =>
        File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(Indented) + "\n");
}

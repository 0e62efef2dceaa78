using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>
/// The file with the ranges of a KV cache, beside a checkpoint's own: for each layer <c>model.layers.N.self_attn.k_range</c> and <c>v_range</c>, float32
/// [kv_heads, head_size] (<see cref="CacheRanges"/>). It holds ranges and no scales, so that one calibration serves every format. Scales among a checkpoint's own
/// weights (<c>k_scale</c>, <c>v_scale</c>, as llm-compressor stores them for vLLM) are not taken for these: they are one a layer, and commonly made for float8.
/// </summary>
internal static class CacheRangeFile
{
    public const string Name = "kv-cache-ranges.safetensors";

    /// <summary>What earlier workers wrote: one int8 scale for a layer's keys and one for its values, which lose the small channels beside large ones.</summary>
    private const string FormerName = "kv-cache-int8.safetensors";

    public static string In(string folder) => Path.Combine(folder, Name);

    /// <summary>Writes the ranges of each layer; the file appears under its name only when it is complete, in place of one that was there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, LlamaConfig config, IReadOnlyList<CacheRanges> layers) => SafetensorsWriter.Write(path, layers.SelectMany((ranges, layer) => (TensorData[])
    [
        TensorData.FromFloats(CudaWeightNames.CacheRange(layer, 'k'), ranges.Keys, [config.KvHeads, config.HeadSize]),
        TensorData.FromFloats(CudaWeightNames.CacheRange(layer, 'v'), ranges.Values, [config.KvHeads, config.HeadSize]),
    ]));

    /// <summary>Adds the file of the checkpoint's folder to the checkpoint.</summary>
    /// <param name="scales">What the model needs of it; it must hold these, no more.</param>
    /// <exception cref="CheckpointException">It is not there, or is another model's.</exception>
    public static void AddTo(Checkpoint checkpoint, KvCacheFormat format, IEnumerable<PlannedWeight> scales)
    {
        string path = In(checkpoint.Folder);
        if (!File.Exists(path))
            throw new CheckpointException(Missing(checkpoint.Folder, format));

        var wanted = scales.SelectMany(scale => scale.Parts).ToDictionary(part => part.Tensor, part => part.Shape, StringComparer.Ordinal);
        using (var file = SafetensorsFile.Open(path))
        {
            if (!wanted.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(file.Tensors.Keys))
                throw new CheckpointException($"{Name} has {file.Tensors.Count} tensors, not the {wanted.Count} ranges of the model that config.json describes: {Advice(checkpoint.Folder)}");

            foreach (var (name, shape) in wanted)
                if (!file.Tensors[name].Shape.AsSpan().SequenceEqual(shape))
                    throw new CheckpointException($"{Name}: {name} has shape [{string.Join(", ", file.Tensors[name].Shape)}], not the [{string.Join(", ", shape)}] of the model that config.json describes: {Advice(checkpoint.Folder)}");
        }
        checkpoint.Add(path);
    }

    /// <summary>Whether a file holds ranges of caches and nothing else.</summary>
    public static bool Is(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            return file.Tensors.Keys.All(CudaWeightNames.IsCacheRange);
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    /// <summary>What a folder without the file is told.</summary>
    public static string Missing(string folder, KvCacheFormat format)
    {
        string former = File.Exists(Path.Combine(folder, FormerName)) ? $" ({FormerName}, one scale a layer, is no longer read)" : "";
        return $"Worker:KvCacheFormat={format.ToString().ToLowerInvariant()} with Worker:Device=cuda needs {Name} in the checkpoint's folder{former}: {Advice(folder)}";
    }

    private static string Advice(string folder) => $"make it with gpu-worker calibrate --checkpoint {folder} --text FILE.";
}

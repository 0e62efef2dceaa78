namespace Serverless.GpuWorker.Model;

/// <summary>
/// The file with the scales of an int8 KV cache, beside a checkpoint's own: for each layer <c>model.layers.N.self_attn.k_scale</c> and <c>v_scale</c>, float32
/// [1]. The names are those under which llm-compressor stores scales and vLLM looks for them (vllm/model_executor/model_loader/weight_utils.py,
/// maybe_remap_kv_scale_name). Scales among a checkpoint's own weights are not taken for these: they are commonly made for float8, whose numbers reach to 448.
/// </summary>
internal static class CacheScaleFile
{
    public const string Name = "kv-cache-int8.safetensors";

    public static string In(string folder) => Path.Combine(folder, Name);

    /// <summary>Writes one scale a layer; the file appears under its name only when it is complete, in place of one that was there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<CacheScale> layers) => SafetensorsWriter.Write(path, layers.SelectMany((scale, layer) => (TensorData[])
    [
        TensorData.FromFloats(CudaWeightNames.CacheScale(layer, 'k'), [scale.Keys], [1]),
        TensorData.FromFloats(CudaWeightNames.CacheScale(layer, 'v'), [scale.Values], [1]),
    ]));

    /// <summary>Adds the file of the checkpoint's folder to the checkpoint.</summary>
    /// <param name="scales">What the model needs of it; it must hold these, no more.</param>
    /// <exception cref="CheckpointException">It is not there, or is another model's.</exception>
    public static void AddTo(Checkpoint checkpoint, IEnumerable<PlannedWeight> scales)
    {
        string path = In(checkpoint.Folder);
        if (!File.Exists(path))
            throw new CheckpointException(Missing(checkpoint.Folder));

        var wanted = scales.SelectMany(scale => scale.Tensors).ToHashSet(StringComparer.Ordinal);
        using (var file = SafetensorsFile.Open(path))
            if (!wanted.SetEquals(file.Tensors.Keys))
                throw new CheckpointException($"{Name} has {file.Tensors.Count} tensors, not the {wanted.Count} scales of the model that config.json describes: {Advice(checkpoint.Folder)}");

        checkpoint.Add(path);
    }

    /// <summary>Whether a file holds scales of caches and nothing else.</summary>
    public static bool Is(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            return file.Tensors.Keys.All(name => name.EndsWith(".self_attn.k_scale", StringComparison.Ordinal) || name.EndsWith(".self_attn.v_scale", StringComparison.Ordinal));
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    /// <summary>What a folder without the file is told.</summary>
    public static string Missing(string folder) => $"Worker:KvCacheFormat=int8 with Worker:Device=cuda needs {Name} in the checkpoint's folder: {Advice(folder)}";

    private static string Advice(string folder) => $"make it with gpu-worker calibrate --checkpoint {folder} --text FILE.";
}

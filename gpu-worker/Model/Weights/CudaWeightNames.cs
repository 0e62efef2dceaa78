using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>The names of a CUDA graph's weights that a checkpoint has under no name of its own.</summary>
internal static class CudaWeightNames
{
    /// <summary>q, k and v under one another, which paged attention takes as one.</summary>
    public static string Projections(int layer) => $"model.layers.{layer}.self_attn.qkv_proj.weight";

    /// <summary>The levels of a quantised matrix.</summary>
    public static string Levels(string matrix) => $"{matrix}.levels";

    /// <summary>The scales of a quantised matrix.</summary>
    public static string Scales(string matrix) => $"{matrix}.scales";

    /// <summary>The scales of a layer's quantised keys or values, float32 [kv_heads, 1, head_size].</summary>
    /// <param name="part">k or v.</param>
    public static string CacheScale(int layer, char part) => $"model.layers.{layer}.self_attn.{part}_scale";

    /// <summary>The ranges that those scales are made of (<see cref="CacheRangeFile"/>), float32 [kv_heads, head_size].</summary>
    /// <param name="part">k or v.</param>
    public static string CacheRange(int layer, char part) => $"model.layers.{layer}.self_attn.{part}_range";

    /// <summary>Whether a tensor's name is that of such ranges.</summary>
    public static bool IsCacheRange(string tensor) => tensor.EndsWith(".self_attn.k_range", StringComparison.Ordinal) || tensor.EndsWith(".self_attn.v_range", StringComparison.Ordinal);
}

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>
/// The largest magnitudes that were seen of one layer's keys, as they are cached (after their rotation), and of its values, for each channel of each
/// key-value head: [kv_heads, head_size] each, 0 or more, in the numbers' own unit. NaN where one of them was not a number.
/// </summary>
internal sealed record CacheRanges(float[] Keys, float[] Values)
{
    /// <summary>Ranges of which nothing has been seen.</summary>
    public static CacheRanges Empty(LlamaConfig config) => new(new float[config.KvHeads * config.HeadSize], new float[config.KvHeads * config.HeadSize]);
}

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>The scales of a quantised cache: what one stands for of the numbers that are stored.</summary>
internal static class CacheScale
{
    /// <summary>
    /// One channel's largest number of some thousand tokens is soon surpassed by other text: to be cut costs more than a quarter coarser levels do (docs/serving/cuda-cache.md
    /// has the measurement).
    /// </summary>
    public const float Headroom = 1.25f;

    /// <summary>float8e4m3fn's largest, 1.75 x 2^8.</summary>
    private const float Float8Top = 448;

    /// <summary>
    /// Turns the ranges of one head's channels, [head_size], into their scales: <see cref="Headroom"/> x largest / <paramref name="top"/>, so that a number that much
    /// larger than any that was seen of its channel is still stored; a larger one is cut. Of a channel of which nothing but zeros was seen, which says nothing of what
    /// comes, the scale is that of the head's largest; in a head of nothing but zeros any scale does, for a scale must be over 0.
    /// </summary>
    /// <param name="ranges">Finite, 0 or more.</param>
    /// <param name="top">The largest number of the format (<see cref="Top"/>).</param>
    public static void OfHead(Span<float> ranges, float top)
    {
        float most = 0;
        foreach (float range in ranges)
            most = MathF.Max(most, range);

        float otherwise = Of(most, top, 1 / top);
        foreach (ref float range in ranges)
            range = Of(range, top, otherwise);
    }

    /// <summary>The largest number that a format stores, before it is scaled: 127 for int8, whose -128 is of no use to a symmetric scale.</summary>
    /// <param name="format">One that has scales for each channel.</param>
    public static float Top(KvCacheFormat format) => format switch
    {
        KvCacheFormat.Int8 => sbyte.MaxValue,
        KvCacheFormat.Float8 => Float8Top,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "The format has no scales."),
    };

    // A scale below the smallest normal number would lose its own digits, or be zero.
    private static float Of(float range, float top, float otherwise) => float.IsNormal(range / top) ? range / top * Headroom : otherwise;
}

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Decoding steps, each of which gives one token to each of <paramref name="Batch"/> sequences.</summary>
/// <param name="Context">Tokens of each sequence.</param>
/// <param name="CacheBytes">Bytes of the cache that a step reads.</param>
/// <param name="Steps">Seconds of each step.</param>
/// <param name="Bandwidths">Bytes a second of each read of memory, by <see cref="BenchReport.Bandwidth"/>.</param>
internal sealed record DecodeResult(int Batch, int Context, long CacheBytes, IReadOnlyList<double> Steps, IReadOnlyList<double> Bandwidths)
{
    /// <summary>Of a step, median.</summary>
    public double Seconds => Statistics.Median(Steps);

    /// <summary>Bytes a second, median.</summary>
    public double Bandwidth => Statistics.Median(Bandwidths);

    /// <summary>The share of a step's time that reading so many bytes of weights, and the cache, would take: median to median.</summary>
    public double ShareOfRoofline(long weightBytes) => (weightBytes + CacheBytes) / Seconds / Bandwidth;

    /// <summary>The same of the fastest step and the fastest read, which are those that were disturbed least.</summary>
    public double FastestShareOfRoofline(long weightBytes) => (weightBytes + CacheBytes) / Steps.Min() / Bandwidths.Max();
}

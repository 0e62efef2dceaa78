namespace Serverless.GpuWorker.Scheduling;

/// <summary>What a histogram holds: how many values fell into each bucket, the last one being +Inf, and their sum.</summary>
public sealed record HistogramCounts(IReadOnlyList<long> Counts, double Sum)
{
    /// <summary>Both together. Their buckets must be the same.</summary>
    public HistogramCounts Plus(HistogramCounts other) => new([.. Counts.Zip(other.Counts, (a, b) => a + b)], Sum + other.Sum);
}

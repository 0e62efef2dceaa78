namespace Serverless.GpuWorker.Benchmarking;

/// <summary>The middle and the tail of some values.</summary>
internal sealed record Percentiles(double P50, double P99)
{
    public static Percentiles Of(IReadOnlyCollection<double> values) => new(Statistics.Percentile(values, 0.5), Statistics.Percentile(values, 0.99));
}

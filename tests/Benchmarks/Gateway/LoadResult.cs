namespace Serverless.Benchmarks.Gateway;

/// <summary>What a run of the load generator saw.</summary>
/// <param name="Whole">Microseconds to the end of each response.</param>
/// <param name="First">Microseconds to the first byte of each response's body.</param>
/// <param name="SlowestAtFirst">Microseconds of the slowest response to what was sent in the lead; 0 without one.</param>
/// <param name="Seconds">Of the run.</param>
internal sealed record LoadResult(IReadOnlyList<double> Whole, IReadOnlyList<double> First, double SlowestAtFirst, double Seconds)
{
    public double PerSecond => Whole.Count / Seconds;

    public static LoadResult Together(IReadOnlyList<LoadResult> parts, TimeSpan time) =>
        new([.. parts.SelectMany(p => p.Whole)], [.. parts.SelectMany(p => p.First)], parts.Max(p => p.SlowestAtFirst), time.TotalSeconds);

    /// <param name="share">0..1.</param>
    public static double Quantile(IReadOnlyList<double> values, double share) => values.Order().ElementAt((int)Math.Min(values.Count - 1, values.Count * share));
}

namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>Quantiles by linear interpolation: type 7 of Hyndman, Fan, Sample Quantiles in Statistical Packages, 1996, as in R, NumPy and Excel.</summary>
public static class Quantile
{
    /// <param name="values">At least one, in any order.</param>
    /// <param name="p">0..1.</param>
    public static double Of(IEnumerable<double> values, double p)
    {
        var sorted = values.Order().ToArray();
        return OfSorted(sorted, p);
    }

    internal static double OfSorted(ReadOnlySpan<double> sorted, double p)
    {
        if (sorted.Length == 0) throw new ArgumentException("There is no quantile of nothing.", nameof(sorted));
        ArgumentOutOfRangeException.ThrowIfLessThan(p, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p, 1);
        var at = p * (sorted.Length - 1);
        var low = (int)Math.Floor(at);
        var high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + ((at - low) * (sorted[high] - sorted[low]));
    }
}

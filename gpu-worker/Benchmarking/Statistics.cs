namespace Serverless.GpuWorker.Benchmarking;

internal static class Statistics
{
    /// <summary>The smallest value that at least <paramref name="share"/> of the values do not exceed (nearest rank); NaN where there are none.</summary>
    public static double Percentile(IReadOnlyCollection<double> values, double share)
    {
        double[] ordered = [.. values.Order()];
        return ordered.Length == 0 ? double.NaN : ordered[Math.Clamp((int)Math.Ceiling(share * ordered.Length) - 1, 0, ordered.Length - 1)];
    }

    /// <summary>Jain's index of fairness, (sum x)^2 / (n sum x^2): 1 where all have the same, 1/n where one has everything (arXiv:cs/9809099). NaN where nobody has anything.</summary>
    public static double Jain(IReadOnlyCollection<long> shares)
    {
        double sum = shares.Sum(), squares = shares.Sum(x => (double)x * x);
        return sum * sum / (shares.Count * squares);
    }

    /// <summary>NaN where there are no values.</summary>
    public static double Median(IReadOnlyCollection<double> values)
    {
        double[] ordered = [.. values.Order()];
        int half = ordered.Length / 2;
        return ordered.Length == 0 ? double.NaN : ordered.Length % 2 == 1 ? ordered[half] : (ordered[half - 1] + ordered[half]) / 2;
    }
}

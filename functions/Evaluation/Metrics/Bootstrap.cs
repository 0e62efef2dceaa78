namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>Percentile bootstrap over questions: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13. The same seed gives the same intervals.</summary>
public static class Bootstrap
{
    public const int Resamples = 1000;

    /// <summary>The mean and its 95 % interval; null of nothing.</summary>
    public static Estimate? Mean(IReadOnlyList<double> values, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Statistic(
            values.Count,
            sample =>
            {
                var sum = 0.0;
                foreach (var i in sample) sum += values[i];
                return sum / sample.Length;
            },
            seed);
    }

    /// <summary>Any statistic of a sample of questions.</summary>
    /// <param name="statistic">Of the questions' numbers; null where it is not defined, and then the resample is passed over.</param>
    /// <returns>Null when it is not defined for the questions as they are.</returns>
    public static Estimate? Statistic(int count, SampleStatistic statistic, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        if (count == 0) return null;
        var sample = new int[count];
        for (var i = 0; i < count; i++) sample[i] = i;
        if (statistic(sample) is not { } value) return null;
        var random = new SplitMix64(seed);
        var found = new List<double>(Resamples);
        for (var r = 0; r < Resamples; r++)
        {
            for (var i = 0; i < count; i++) sample[i] = random.Next(count);
            if (statistic(sample) is { } resampled) found.Add(resampled);
        }

        if (found.Count == 0) return new Estimate(value, value, value, count);
        var sorted = found.Order().ToArray();
        return new Estimate(value, Quantile.OfSorted(sorted, 0.025), Quantile.OfSorted(sorted, 0.975), count);
    }
}

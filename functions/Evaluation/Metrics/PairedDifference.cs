namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>Two systems on the same questions, the second less the first.</summary>
/// <param name="Difference">The mean difference and its 95 % bootstrap interval.</param>
/// <param name="P">
/// Two-sided, of Fisher's randomisation test over the signs of the differences (Smucker, Allan, Carterette, A Comparison of Statistical Significance Tests for
/// Information Retrieval Evaluation, CIKM 2007), with the observed one counted in: never 0.
/// </param>
/// <param name="Higher">Questions on which the second is higher.</param>
/// <param name="Lower">Questions on which it is lower.</param>
/// <param name="Equal">Questions on which they are the same.</param>
public sealed record PairedDifference(Estimate Difference, double P, int Higher, int Lower, int Equal)
{
    /// <summary>Random signs that are drawn.</summary>
    public const int Draws = 2000;

    /// <param name="first">A value a question.</param>
    /// <param name="second">The same questions in the same order.</param>
    /// <returns>Null of no questions.</returns>
    public static PairedDifference? Of(IReadOnlyList<double> first, IReadOnlyList<double> second, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count) throw new ArgumentException("Both must have the same questions.", nameof(second));
        var differences = second.Zip(first, (b, a) => b - a).ToArray();
        if (Bootstrap.Mean(differences, seed) is not { } mean) return null;
        return new PairedDifference(mean, Randomised(differences, seed + 1), differences.Count(d => d > 0), differences.Count(d => d < 0), differences.Count(d => d == 0));
    }

    private static double Randomised(double[] differences, ulong seed)
    {
        var random = new SplitMix64(seed);
        // A sum that differs by rounding alone is as extreme.
        var observed = Math.Abs(differences.Sum()) - (1e-9 * differences.Sum(Math.Abs));
        var asExtreme = 1;
        for (var draw = 0; draw < Draws; draw++)
        {
            var (sum, bits) = (0.0, 0UL);
            for (var i = 0; i < differences.Length; i++)
            {
                if (i % 64 == 0) bits = random.Next();
                sum += (bits & 1) == 0 ? differences[i] : -differences[i];
                bits >>= 1;
            }

            if (Math.Abs(sum) >= observed) asExtreme++;
        }

        return asExtreme / (Draws + 1.0);
    }
}

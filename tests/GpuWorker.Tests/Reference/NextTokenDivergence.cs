namespace Serverless.GpuWorker.Tests.Reference;

/// <summary>Kullback-Leibler divergence of next tokens' distributions from those of a reference, in nats.</summary>
internal static class NextTokenDivergence
{
    /// <summary>The mean over positions.</summary>
    public static double Mean(double[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        return expected.Zip(actual, (logits, others) => Of(logits, [.. others.Select(v => (double)v)])).Average();
    }

    private static double Of(double[] expected, double[] actual)
    {
        double[] p = SoftMax(expected), q = SoftMax(actual);
        return p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
    }

    private static double[] SoftMax(double[] logits)
    {
        double most = logits.Max();
        double[] exponents = [.. logits.Select(v => Math.Exp(v - most))];
        double sum = exponents.Sum();
        return [.. exponents.Select(e => e / sum)];
    }
}

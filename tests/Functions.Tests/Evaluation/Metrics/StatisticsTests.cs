using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Tests.Evaluation.Metrics;

/// <summary>Quantiles, intervals and paired tests.</summary>
public sealed class StatisticsTests
{
    // NumPy: percentile([1, 2, 3, 4], 50) = 2.5, 95 -> 3.85; R: quantile(c(15, 20, 35, 40, 50), 0.4) = 29.
    [Theory]
    [InlineData(new[] { 4.0, 1, 3, 2 }, 0.5, 2.5)]
    [InlineData(new[] { 4.0, 1, 3, 2 }, 0.95, 3.85)]
    [InlineData(new[] { 15.0, 20, 35, 40, 50 }, 0.4, 29)]
    [InlineData(new[] { 7.0 }, 0.95, 7)]
    public void Quantile_IsTypeSeven(double[] values, double p, double expected) => Assert.Equal(expected, Quantile.Of(values, p), 12);

    // The generator's reference values for seed 1234567 (Vigna, splitmix64.c).
    [Fact]
    public void SplitMix64_GivesTheReferenceSequence()
    {
        var random = new SplitMix64(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void Bootstrap_OfAHundredHalves_HasTheBinomialsInterval()
    {
        var values = Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 1.0 : 0.0).ToList();
        var estimate = Bootstrap.Mean(values, 1)!;
        Assert.Equal((0.5, 100), (estimate.Value, estimate.N));
        // 0.5 +- 1.96 * sqrt(0.25 / 100) = 0.402 .. 0.598.
        Assert.InRange(estimate.Low, 0.37, 0.43);
        Assert.InRange(estimate.High, 0.57, 0.63);
        Assert.Equal(estimate, Bootstrap.Mean(values, 1));
    }

    [Fact]
    public void Bootstrap_OfAnyValues_LiesWithinThem() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<int>(), (bytes, seed) =>
        {
            var values = bytes.Select(value => value / 255.0).ToList();
            if (Bootstrap.Mean(values, (ulong)seed) is not { } estimate)
            {
                Assert.Empty(values);
                return;
            }

            Assert.Equal(values.Average(), estimate.Value, 9);
            Assert.InRange(estimate.Low, values.Min() - 1e-12, estimate.High);
            Assert.InRange(estimate.High, estimate.Low, values.Max() + 1e-12);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Paired_OfTwelveThatAllRise_IsUnlikelyByChance()
    {
        var before = Enumerable.Range(0, 12).Select(i => i / 100.0).ToList();
        var paired = PairedDifference.Of(before, [.. before.Select(value => value + 0.5)], 1)!;
        Assert.Equal((12, 0, 0), (paired.Higher, paired.Lower, paired.Equal));
        Assert.Equal((0.5, 0.5, 0.5), (Round(paired.Difference.Value), Round(paired.Difference.Low), Round(paired.Difference.High)));
        // Exactly 2 of 4,096 signs are as extreme.
        Assert.InRange(paired.P, 1.0 / (PairedDifference.Draws + 1), 0.01);
    }

    [Fact]
    public void Paired_OfTheSame_SaysNothing()
    {
        var paired = PairedDifference.Of([1, 0, 1], [1, 0, 1], 1)!;
        Assert.Equal((0.0, 1.0, 3), (paired.Difference.Value, paired.P, paired.Equal));
        Assert.Null(PairedDifference.Of([], [], 1));
    }

    /// <summary>Of few differences all signs can be tried: the drawn share is theirs, but for chance (2,000 draws, five deviations).</summary>
    [Theory]
    [InlineData(new[] { 1.0 })]
    [InlineData(new[] { 1.0, 1, 1, 1 })]
    [InlineData(new[] { 1.0, 1, 1, -1 })]
    [InlineData(new[] { 3.0, 1, 1, 0, 2 })]
    [InlineData(new[] { 1.0, 2, 3, 4, 5, -6 })]
    [InlineData(new[] { 0.3, -0.1, 0.2, 0.1, 0.4, 0.2, -0.2, 0.1 })]
    public void Paired_OfFewQuestions_HasTheShareOfAllSignsThatAreAsExtreme(double[] differences)
    {
        var observed = Math.Abs(differences.Sum()) - 1e-9;
        var exact = Enumerable.Range(0, 1 << differences.Length).Count(signs => Math.Abs(differences.Select((d, i) => (signs >> i & 1) == 0 ? d : -d).Sum()) >= observed) / (double)(1 << differences.Length);
        // Beyond the first 64 questions, whose signs come from one random number, too.
        foreach (var same in (int[])[0, 64])
        {
            double[] second = [.. Enumerable.Repeat(0.0, same), .. differences];
            var p = PairedDifference.Of(new double[second.Length], second, 5)!.P;
            Assert.InRange(p, exact - (5 * Math.Sqrt(exact * (1 - exact) / PairedDifference.Draws)) - 1e-9, exact + (5 * Math.Sqrt(exact * (1 - exact) / PairedDifference.Draws)) + (1.0 / PairedDifference.Draws));
        }
    }

    [Fact]
    public void Paired_OfOtherQuestions_IsRefused() => Assert.Throws<ArgumentException>(() => PairedDifference.Of([1, 2], [1], 1));

    [Fact]
    public void Paired_TurnedRound_IsTheSameTheOtherWay() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var a = bytes.Select(value => (double)(value % 5)).ToList();
            var b = bytes.Select(value => (double)(value / 51)).ToList();
            if (PairedDifference.Of(a, b, 3) is not { } forth) return;
            var back = PairedDifference.Of(b, a, 3)!;
            Assert.Equal(forth.Difference.Value, -back.Difference.Value, 9);
            Assert.Equal((forth.P, forth.Higher, forth.Lower, forth.Equal), (back.P, back.Lower, back.Higher, back.Equal));
        }).QuickCheckThrowOnFailure();

    private static double Round(double value) => Math.Round(value, 9);
}

using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Tests.Speculation;

public sealed class LiveStepCostsTests
{
    private static readonly StepCosts Measured = Costs.Line(0.2);

    [Fact]
    public void Observe_MachineThatHasBecomeSlower_LeavesSizesAsTheyAreToOneAnother()
    {
        var costs = new LiveStepCosts(Measured);
        for (int step = 0; step < 2000; step++)
            costs.Observe(1 + (step % 16), 7 * Measured.Of(1 + (step % 16)));

        foreach (int rows in (int[])[2, 8, 16, 64])
            Assert.Equal(Measured.Of(rows) / Measured.Of(1), costs.Of(rows) / costs.Of(1), 0.15 * Measured.Of(rows) / Measured.Of(1));
    }

    [Fact]
    public void Observe_SizeThatIsDearerThanMeasured_IsLearned()
    {
        var costs = new LiveStepCosts(Measured);
        for (int step = 0; step < 1000; step++)
            costs.Observe(step % 4 == 0 ? 20 : 4, step % 4 == 0 ? 1.8 * Measured.Of(20) : Measured.Of(4));

        double relative = costs.Of(20) / costs.Of(4) / (Measured.Of(20) / Measured.Of(4));
        Assert.InRange(relative, 1.6, 2);
        // Its neighbours are taken to be like it, others as they were measured.
        Assert.True(costs.Of(21) > 1.2 * Measured.Of(21));
        Assert.Equal(Measured.Of(60), costs.Of(60));
    }

    [Fact]
    public void Observe_StepsThatWereDisturbed_HardlyCount()
    {
        var costs = new LiveStepCosts(Measured);
        var random = new Random(1);
        for (int step = 0; step < 3000; step++)
        {
            int rows = step % 2 == 0 ? 1 : 8;
            costs.Observe(rows, Measured.Of(rows) * (random.Next(10) == 0 ? 100 : 1));
        }
        Assert.Equal(Measured.Of(8) / Measured.Of(1), costs.Of(8) / costs.Of(1), 0.2 * Measured.Of(8));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Observe_TimeThatIsNone_ChangesNothing(double seconds)
    {
        var costs = new LiveStepCosts(Measured);

        costs.Observe(4, seconds);

        Assert.Equal(Measured.Of(4), costs.Of(4));
    }

    [Fact]
    public void Observe_AnyTimes_KeepsCostsWithinBounds()
    {
        var costs = new LiveStepCosts(Measured);
        var random = new Random(2);
        for (int step = 0; step < 20_000; step++)
            costs.Observe(random.Next(1, 400), Math.Exp(20 * (random.NextDouble() - 0.5)));

        Assert.All(Enumerable.Range(1, 400), rows => Assert.InRange(costs.Of(rows) / Measured.Of(rows), 0.39, 2.6));
    }
}

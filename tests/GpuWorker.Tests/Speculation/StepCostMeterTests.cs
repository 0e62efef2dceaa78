using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Tests.Speculation;

public sealed class StepCostMeterTests
{
    [Fact]
    public void Measure_TilesOfEightRows_FindsWhatTheyCost()
    {
        var model = new TimedModel(rows => (rows + 7) / 8);

        var costs = StepCostMeter.Measure(model, blocks: 100, mostRows: 80, model.Time)!;

        Assert.Equal([1e-3, 1e-3, 1e-3, 2e-3], new[] { 1, 5, 8, 10 }.Select(costs.Of), (a, b) => Math.Abs(a - b) < 1e-6);
        // Rows of sixteen cost as much as those of eight: nothing larger is worth a step.
        Assert.Equal(16, costs.MostRows);
    }

    [Fact]
    public void Measure_OneStepThatWasDisturbed_DoesNotCount()
    {
        int steps = 0;
        var model = new TimedModel(rows => (steps++ % 29 == 5 ? 50 : 1) * (1 + (0.1 * rows)));

        var costs = StepCostMeter.Measure(model, blocks: 100, mostRows: 32, model.Time)!;

        Assert.All(Enumerable.Range(1, 32).Where(costs.IsMeasured), rows => Assert.Equal(1e-3 * (1 + (0.1 * rows)), costs.Of(rows), 1e-6));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 80)]
    public void Measure_SmallCacheOrSmallSteps_StaysWithinThem(int blocks, int mostRows)
    {
        var model = new TimedModel(_ => 1);

        var costs = StepCostMeter.Measure(model, blocks, mostRows, model.Time)!;

        Assert.InRange(costs.MostRows, 1, Math.Min(mostRows, blocks * model.BlockSize));
        Assert.True(model.LastSlot < blocks * model.BlockSize);
    }

    [Fact]
    public void Measure_SlowModel_MeasuresFewerSizes()
    {
        var model = new TimedModel(rows => 200 + rows);

        StepCostMeter.Measure(model, blocks: 100, mostRows: 80, model.Time);

        Assert.InRange(model.Steps, 6, 14);
    }

    [Fact]
    public void Measure_ClockThatStandsStill_IsNoMeasurement()
    {
        var model = new TimedModel(_ => 0);

        Assert.Null(StepCostMeter.Measure(model, blocks: 100, mostRows: 80, model.Time));
    }

    /// <summary>Its steps take so many milliseconds of its own clock.</summary>
    private sealed class TimedModel(Func<int, double> milliseconds) : IStepModel
    {
        public Clock Time { get; } = new();

        public int Steps { get; private set; }

        public int LastSlot { get; private set; }

        public int VocabularySize => 10;

        public int ContextLength => 1000;

        public int BlockSize => 16;

        public int TableWidth => 63;

        public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
        {
            Steps++;
            LastSlot = Math.Max(LastSlot, step.SlotMapping[^1]);
            Time.Ticks += (long)(milliseconds(step.InputIds.Length) * TimeSpan.TicksPerMillisecond);
            return default;
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    private sealed class Clock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}

namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// What steps cost by their rows: the curve that was measured at start, bent by what steps take since. What the machine as a whole gains or loses in speed is told apart from what a number of rows does, so
/// that sizes that run often and sizes that have not run for long stay comparable. Both are medians that move by a small share with each step, so that one that was disturbed counts no more than another.
/// </summary>
internal sealed class LiveStepCosts(StepCosts measured)
{
    /// <summary>How far one step moves the whole curve, and one number of rows within it.</summary>
    private const double LevelShare = 0.03, BendShare = 0.015;

    /// <summary>No size is taken to cost more than so many times what was measured, beside the others, nor less than one part of so many.</summary>
    private const double MostBent = 2.5;

    private readonly double[] _bend = [.. Enumerable.Repeat(1.0, measured.MostRows + 1)];
    private double _level = 1;

    /// <inheritdoc cref="StepCosts.Of"/>
    public double Of(int rows) => measured.Of(rows) * _bend[Math.Min(rows, measured.MostRows)];

    /// <inheritdoc cref="StepCosts.IsMeasured"/>
    public bool IsMeasured(int rows) => measured.IsMeasured(rows);

    /// <summary>Takes in what a step of decoding sequences took. A time of 0, on a clock that stands still, says nothing.</summary>
    public void Observe(int rows, double seconds)
    {
        if (seconds is not (> 0 and < double.PositiveInfinity))
            return;

        double ratio = seconds / measured.Of(rows);
        int size = Math.Min(rows, measured.MostRows);
        double bend = ratio > _level * _bend[size] ? 1 + BendShare : 1 / (1 + BendShare);
        _level *= ratio > _level ? 1 + LevelShare : 1 / (1 + LevelShare);
        // What is true of a size is true of those beside it, less so the farther they are.
        int reach = 1 + (size / 8);
        for (int near = Math.Max(1, size - reach + 1); near <= Math.Min(measured.MostRows, size + reach - 1); near++)
            _bend[near] = Math.Clamp(_bend[near] * Math.Pow(bend, 1 - ((double)Math.Abs(near - size) / reach)), 1 / MostBent, MostBent);
    }
}

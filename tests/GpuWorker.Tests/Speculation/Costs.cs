using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Tests.Speculation;

/// <summary>Curves of costs that no machine has.</summary>
internal static class Costs
{
    /// <summary>Rows cost next to nothing: whatever may be drafted is.</summary>
    public static StepCosts Flat { get; } = Line(0.0001);

    /// <summary>Each row beyond the first costs so much of one.</summary>
    public static StepCosts Line(double row) => new([.. Enumerable.Range(1, 128).Select(rows => (rows, 1 + (row * (rows - 1))))]);
}

namespace Serverless.GpuWorker.Supervision;

/// <summary>Pauses before a child is started again: they double, and are spread over their upper half, so that children that died together do not load together.</summary>
/// <param name="jitter">Seeded, in tests.</param>
internal sealed class BackOff(TimeSpan first, TimeSpan longest, Random jitter)
{
    /// <param name="crashes">Of late, this one included; at least 1.</param>
    public TimeSpan After(int crashes)
    {
        var full = Math.Min(first.TotalSeconds * Math.Pow(2, Math.Min(crashes - 1, 30)), longest.TotalSeconds);
        return TimeSpan.FromSeconds(full * (0.5 + (0.5 * jitter.NextDouble())));
    }
}

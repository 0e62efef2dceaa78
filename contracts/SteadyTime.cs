namespace Serverless.Contracts;

/// <summary>Time by the clock that nobody sets, for how long something has lasted or may still last.</summary>
public static class SteadyTime
{
    /// <summary>
    /// What has passed since an origin of this process's clock. It only grows and has no date: the wall clock, which is put right by hand, by NTP and after a machine was
    /// moved, jumps both ways, and what is kept "for ten seconds" by it is kept for an hour or for none. Two processes have no origin in common: between them go durations.
    /// </summary>
    public static TimeSpan GetSteadyNow(this TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return time.GetElapsedTime(0);
    }
}

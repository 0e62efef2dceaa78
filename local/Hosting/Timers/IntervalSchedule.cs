namespace Serverless.Local.Hosting.Timers;

/// <summary>Due again and again after one interval.</summary>
internal sealed record IntervalSchedule(TimeSpan Interval) : ITimerSchedule
{
    public DateTime? NextAfter(DateTime utc) => utc <= DateTime.MaxValue - Interval ? utc + Interval : null;
}

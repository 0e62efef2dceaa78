namespace Serverless.Local.Hosting.Timers;

/// <summary>When a timer is due.</summary>
internal interface ITimerSchedule
{
    /// <summary>The first time after <paramref name="utc"/> (exclusive) at which the timer is due, in UTC; null when there is none.</summary>
    DateTime? NextAfter(DateTime utc);
}

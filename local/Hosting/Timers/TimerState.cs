namespace Serverless.Local.Hosting.Timers;

/// <summary>What outlives the host of a monitored timer; all in UTC.</summary>
/// <param name="Last">When the function was last started; null before its first run.</param>
/// <param name="LastUpdated">When this was written.</param>
internal sealed record TimerState(DateTime? Last, DateTime LastUpdated);

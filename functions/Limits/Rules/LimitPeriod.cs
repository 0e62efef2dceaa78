namespace Serverless.Functions.Limits.Rules;

/// <summary>How long a limit's window is. Windows are those of the calendar in UTC, one after the other without a gap.</summary>
public enum LimitPeriod
{
    /// <summary>Concurrency has no window.</summary>
    None,
    Minute,
    Hour,
    Day,
    Month,
}

namespace Serverless.Functions.Limits.Rules;

/// <summary>
/// One calendar window of a limit: a minute's begins with its second 0, a day's at 00:00 UTC, a month's on its first day. A limit of N a minute
/// admits at most N in each such minute (and so at most 2N in 60 seconds that lie across two of them).
/// </summary>
/// <param name="Start">Unix seconds; also the window's name in the counters.</param>
/// <param name="End">Unix seconds; the next window's start.</param>
public readonly record struct LimitWindow(long Start, long End)
{
    /// <summary>The one that is never over, for concurrency.</summary>
    public static LimitWindow Always { get; } = new(0, long.MaxValue);

    public static LimitWindow Of(LimitPeriod period, DateTimeOffset time)
    {
        var seconds = time.ToUnixTimeSeconds();
        return period switch
        {
            LimitPeriod.Minute => Whole(seconds, 60),
            LimitPeriod.Hour => Whole(seconds, 3600),
            LimitPeriod.Day => Whole(seconds, 86_400),
            LimitPeriod.Month => Month(time),
            _ => Always,
        };
    }

    private static LimitWindow Whole(long seconds, long length) => new(seconds / length * length, (seconds / length * length) + length);

    private static LimitWindow Month(DateTimeOffset time)
    {
        var utc = time.UtcDateTime;
        var start = new DateTimeOffset(utc.Year, utc.Month, 1, 0, 0, 0, TimeSpan.Zero);
        return new(start.ToUnixTimeSeconds(), start.AddMonths(1).ToUnixTimeSeconds());
    }
}

using Microsoft.DurableTask;

namespace Serverless.Local.Durable.Replay;

/// <summary>When a policy makes the next attempt.</summary>
internal static class RetrySchedule
{
    /// <summary>
    /// The wait after attempt <paramref name="attempt"/> (1-based) failed, <paramref name="elapsed"/> after the first one began:
    /// first x coefficient^(attempt - 1), at most the policy's longest. Null when there is to be no further attempt.
    /// </summary>
    public static TimeSpan? DelayAfter(RetryPolicy policy, int attempt, TimeSpan elapsed)
    {
        if (attempt >= policy.MaxNumberOfAttempts) return null;
        if (policy.RetryTimeout != Timeout.InfiniteTimeSpan && elapsed >= policy.RetryTimeout) return null;
        var longest = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : policy.MaxRetryInterval;
        var ticks = policy.FirstRetryInterval.Ticks * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        return ticks < longest.Ticks ? TimeSpan.FromTicks((long)ticks) : longest;
    }
}

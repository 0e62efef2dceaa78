namespace Serverless.Functions.Limits.Leases;

/// <summary>What became of a reservation in one scope: exactly one of the three.</summary>
/// <param name="Hold">It is admitted.</param>
/// <param name="Refused">The limit that refuses it.</param>
/// <param name="IsUnavailable">The counters' storage does not answer.</param>
internal sealed record LeaseOutcome(LeaseHold? Hold, LimitLevel? Refused = null, bool IsUnavailable = false)
{
    public static LeaseOutcome Unavailable { get; } = new(null, null, true);
}

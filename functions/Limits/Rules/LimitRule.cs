namespace Serverless.Functions.Limits.Rules;

/// <summary>So much of something in each window of a kind.</summary>
/// <param name="Amount">In the unit's own measure; 0 admits nothing.</param>
/// <param name="Shadow">Counted and reported, never enforced.</param>
public sealed record LimitRule(LimitUnit Unit, LimitPeriod Period, long Amount, bool Shadow = false)
{
    /// <summary>The counter's name, one of its kind in a scope: <c>calls/minute</c>, <c>shadow/usd/day</c>, <c>concurrency</c>.</summary>
    public string Key { get; } = (Shadow ? "shadow/" : "") + Name(Unit, Period);

    /// <summary>A refusal because of this rule is about money.</summary>
    public bool IsBudget => Unit == LimitUnit.Usd;

    public bool Equals(LimitRule? other) => other is not null && Key == other.Key && Amount == other.Amount;

    public override int GetHashCode() => HashCode.Combine(Key, Amount);

    public override string ToString() => $"{Key}={Amount}";

    private static string Name(LimitUnit unit, LimitPeriod period) => (unit, period) switch
    {
        (LimitUnit.Concurrency, _) => "concurrency",
        (LimitUnit.Calls, LimitPeriod.Minute) => "calls/minute",
        (LimitUnit.Tokens, LimitPeriod.Minute) => "tokens/minute",
        _ => $"{unit}/{period}".ToLowerInvariant(),
    };
}

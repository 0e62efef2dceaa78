using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>What a call has reserved in one scope.</summary>
/// <param name="Parts">By counter: the window that it was reserved in, and how much.</param>
/// <param name="Shadowed">Rules that would have refused the call, were they enforced.</param>
/// <param name="Levels">How the enforced rules stood afterwards, for whoever asks.</param>
internal sealed record LeaseHold(List<LeaseHold.Part> Parts, IReadOnlyList<LimitRule> Shadowed, List<LimitLevel> Levels)
{
    /// <param name="Lapses">Of the counter, when it was reserved.</param>
    internal readonly record struct Part(LeasedCounter Counter, LimitWindow Window, long Amount, int Lapses);
}

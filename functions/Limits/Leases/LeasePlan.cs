namespace Serverless.Functions.Limits.Leases;

/// <summary>A change of a scope's state that an instance wants to write.</summary>
/// <param name="Next">The state to write.</param>
/// <param name="Deltas">By counter: what the instance gets (positive) or gives back (negative) when the write goes through.</param>
/// <param name="Remaining">By counter: what nobody has leased, after the write.</param>
/// <param name="Changes">False when there is nothing to get and nothing to give.</param>
/// <param name="IsShort">Some who wait cannot be served.</param>
public sealed record LeasePlan(ScopeState Next, IReadOnlyList<long> Deltas, IReadOnlyList<long> Remaining, bool Changes, bool IsShort);

using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>One counter of an instance, as a plan sees it.</summary>
/// <param name="Window">The window that is certainly the current one.</param>
/// <param name="Balance">Leased and not reserved; negative when more was used than had been reserved.</param>
/// <param name="InUse">Places in use (concurrency only).</param>
/// <param name="RatePerSecond">What this instance has reserved a second, of late.</param>
/// <param name="IsIdle">Nothing was reserved for a while: nothing is kept ahead of need.</param>
public sealed record CounterView(LimitRule Rule, long Window, long Balance, long InUse, double RatePerSecond, bool IsIdle);

namespace Serverless.Functions.Limits.Leases;

/// <summary>A counter as all instances see it.</summary>
/// <param name="Window">The window's start, Unix seconds. It only moves forward.</param>
/// <param name="Granted">What has been given to instances in this window, less what they have given back: an upper bound of what was admitted.</param>
public sealed record CounterState(long Window, long Granted);

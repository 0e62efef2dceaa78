using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>A part of a write: what an instance gets (positive) or gives back (negative) of a counter, in a window.</summary>
internal readonly record struct LeaseDelta(LeasedCounter Counter, LimitWindow Window, long Amount);

using Azure;

namespace Serverless.Functions.Limits.Leases;

/// <summary>A write whose answer has not come: it may have gone through, or still go through while the blob is as it was.</summary>
/// <param name="Over">The ETag that it replaces; null for a new blob.</param>
/// <param name="Seen">The time that it wrote, Unix seconds.</param>
internal sealed record LeaseAttempt(long Sequence, ETag? Over, long Seen, IReadOnlyList<LeaseDelta> Deltas);

using Azure;

namespace Serverless.Functions.Limits.Leases;

/// <summary>What a look at a scope's counters has shown.</summary>
/// <param name="State">Null when it is still the known one.</param>
/// <param name="ETag">Null when there is no blob; the state is then empty.</param>
internal sealed record BlobSight(ScopeState? State, ETag? ETag, DateTimeOffset? Date);

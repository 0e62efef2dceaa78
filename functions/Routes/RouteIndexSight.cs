using Azure;

namespace Serverless.Functions.Routes;

/// <summary>The blobs of the index at one moment.</summary>
/// <param name="Changes">Writes of routes that have begun and that no shard is known to hold, by their blobs.</param>
/// <param name="Shards">The state of each shard that there is.</param>
/// <param name="IsWhole">Whether the shards hold every route, apart from the changes.</param>
internal sealed record RouteIndexSight(IReadOnlyList<RouteChange> Changes, IReadOnlyDictionary<int, ETag> Shards, bool IsWhole);

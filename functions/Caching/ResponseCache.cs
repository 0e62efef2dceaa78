using Microsoft.Extensions.Caching.Hybrid;

namespace Serverless.Functions.Caching;

/// <summary>Whole answers in this instance's memory, bounded in bytes; nothing is written anywhere else.</summary>
public sealed class ResponseCache(HybridCache cache)
{
    private static readonly HybridCacheEntryOptions ReadOnly = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData | HybridCacheEntryFlags.DisableDistributedCache | HybridCacheEntryFlags.DisableLocalCacheWrite };

    /// <returns>Null for none.</returns>
    public async ValueTask<byte[]?> FindAsync(string key, CancellationToken cancellationToken) =>
        await cache.GetOrCreateAsync<byte[]?>(key, _ => ValueTask.FromResult<byte[]?>(null), ReadOnly, cancellationToken: cancellationToken).ConfigureAwait(false);

    public ValueTask KeepAsync(string key, byte[] answer, CacheSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var time = TimeSpan.FromSeconds(settings.TtlSeconds);
        var options = new HybridCacheEntryOptions { Expiration = time, LocalCacheExpiration = time, Flags = HybridCacheEntryFlags.DisableDistributedCache };
        return cache.SetAsync(key, answer, options, cancellationToken: cancellationToken);
    }
}

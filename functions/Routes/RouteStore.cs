using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>Routes in blobs, cached in memory for a moment. What an instance writes it sees at once; others see it within the cache's time.</summary>
public sealed class RouteStore(ConfigStore config, RouteIndex index, RouteIndexBlobs indexed, GatewayOptions options, TimeProvider time)
{
    private const int MaxAttempts = 40;
    private const int MaxViewed = 16_384;

    private readonly ExpiringCache<RouteDocument> _cache = new(time);
    private Func<string, CancellationToken, Task<(RouteDocument? Value, TimeSpan Keep)>>? _load;

    // The current versions that pages showed while the index was not whole, by the write that made them: a page is read again only where something changed.
    private readonly ConcurrentDictionary<string, RouteDocument> _viewed = new(StringComparer.Ordinal);

    /// <summary>The route, perhaps as it was a moment ago; null when there is none.</summary>
    public async ValueTask<RouteDocument?> GetAsync(string name, CancellationToken cancellationToken)
    {
        var document = await _cache.GetAsync(name, _load ??= LoadAsync, cancellationToken).ConfigureAwait(false);
        return document is { Deleted: false } ? document : null;
    }

    /// <summary>Makes the next <see cref="GetAsync"/> read the blob.</summary>
    public void Forget(string name) => _cache.Remove(name);

    /// <summary>The routes of a page of the index, at their current versions only; one that was deleted since is left out.</summary>
    public async Task<IReadOnlyList<RouteDocument>> ReadAsync(IReadOnlyList<RouteEntry> page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        var routes = new RouteDocument?[page.Count];
        await Parallel.ForAsync(
            0,
            page.Count,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (i, stop) => routes[i] = await ViewAsync(page[i], stop).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. routes.OfType<RouteDocument>()];
    }

    /// <summary>
    /// Replaces a route's state. <paramref name="change"/> gets the latest stored state (null when the name was never used; a tombstone
    /// when deleted) and is called again when somebody else was faster, so no update is lost.
    /// </summary>
    public async Task<RouteDocument> UpdateAsync(string name, Func<RouteDocument?, Task<RouteDocument>> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        var writeId = Guid.NewGuid().ToString("N");
        RouteChange? announced = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await config.ReadAsync<RouteDocument>(RouteIndexBlobs.BlobOf(name), cancellationToken).ConfigureAwait(false);
            if (announced is not null && entry?.Value.WriteId == writeId) return await KeepAsync(entry.Value, announced).ConfigureAwait(false);

            var next = await change(entry?.Value).ConfigureAwait(false);
            next = next with { Name = name, Revision = (entry?.Value.Revision ?? 0) + 1, WriteId = writeId };
            // One that is not written in the end, or whose writer dies here, is found and ended by whoever reads the index.
            announced ??= await indexed.AnnounceAsync(name, writeId, cancellationToken).ConfigureAwait(false);
            if (await config.TryWriteAsync(RouteIndexBlobs.BlobOf(name), next, entry?.ETag, cancellationToken, RouteEntry.Of(next).ToMetadata()).ConfigureAwait(false))
                return await KeepAsync(next, announced).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 * (attempt + 1))), time, cancellationToken).ConfigureAwait(false);
        }

        throw new GatewayException(
            StatusCodes.Status503ServiceUnavailable,
            new ErrorDetail("too_many_writers", "The route is being changed by too many at once; try again.", "server_error"),
            TimeSpan.FromSeconds(1));
    }

    private async Task<(RouteDocument? Value, TimeSpan Keep)> LoadAsync(string name, CancellationToken cancellationToken) =>
        ((await config.ReadAsync<RouteDocument>(RouteIndexBlobs.BlobOf(name), cancellationToken).ConfigureAwait(false))?.Value, options.RouteCache);

    private async Task<RouteDocument?> ViewAsync(RouteEntry entry, CancellationToken cancellationToken)
    {
        if (entry.View is { } view) return view;
        if (_viewed.TryGetValue(entry.Name, out var seen) && seen.WriteId == entry.WriteId) return seen;
        var read = (await config.LookAsync<RouteDocument>(RouteIndexBlobs.BlobOf(entry.Name), cancellationToken).ConfigureAwait(false)).Entry?.Value;
        if (RouteShard.ViewOf(read) is not { } current) return null;
        if (_viewed.Count >= MaxViewed) _viewed.Clear();
        return _viewed[entry.Name] = current;
    }

    private async Task<RouteDocument> KeepAsync(RouteDocument written, RouteChange announced)
    {
        _cache.Set(written.Name, written, options.RouteCache, current => current.Revision > written.Revision);
        index.Apply(written);
        await indexed.CompleteAsync(announced).ConfigureAwait(false);
        return written;
    }
}

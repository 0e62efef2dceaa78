using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>Routes in blobs, cached in memory for a moment. What an instance writes it sees at once; others see it within the cache's time.</summary>
public sealed class RouteStore(ConfigStore config, GatewayOptions options, TimeProvider time)
{
    private const string Prefix = "routes/";
    private const int MaxAttempts = 40;

    private readonly ExpiringCache<RouteDocument> _cache = new(time);

    /// <summary>The route, perhaps as it was a moment ago; null when there is none.</summary>
    public async ValueTask<RouteDocument?> GetAsync(string name, CancellationToken cancellationToken)
    {
        var document = await _cache.GetAsync(
            name,
            async stop => ((await config.ReadAsync<RouteDocument>(BlobOf(name), stop).ConfigureAwait(false))?.Value, options.RouteCache),
            cancellationToken).ConfigureAwait(false);
        return document is { Deleted: false } ? document : null;
    }

    /// <summary>Makes the next <see cref="GetAsync"/> read the blob.</summary>
    public void Forget(string name) => _cache.Remove(name);

    /// <summary>All routes that are not deleted, in the order of their names.</summary>
    public async Task<IReadOnlyList<RouteDocument>> ListAsync(CancellationToken cancellationToken)
    {
        var names = (await config.ListAsync(Prefix, cancellationToken).ConfigureAwait(false)).Select(blob => blob.Name[Prefix.Length..^".json".Length]).ToList();
        var routes = new RouteDocument?[names.Count];
        await Parallel.ForAsync(
            0,
            names.Count,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (i, stop) => routes[i] = await GetAsync(names[i], stop).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. routes.OfType<RouteDocument>().OrderBy(r => r.Name, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Replaces a route's state. <paramref name="change"/> gets the latest stored state (null when the name was never used; a tombstone
    /// when deleted) and is called again when somebody else was faster, so no update is lost.
    /// </summary>
    public async Task<RouteDocument> UpdateAsync(string name, Func<RouteDocument?, Task<RouteDocument>> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        var writeId = Guid.NewGuid().ToString("N");
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await config.ReadAsync<RouteDocument>(BlobOf(name), cancellationToken).ConfigureAwait(false);
            if (entry?.Value.WriteId == writeId) return Keep(entry.Value);

            var next = await change(entry?.Value).ConfigureAwait(false);
            next = next with { Name = name, Revision = (entry?.Value.Revision ?? 0) + 1, WriteId = writeId };
            if (await config.TryWriteAsync(BlobOf(name), next, entry?.ETag, cancellationToken).ConfigureAwait(false)) return Keep(next);
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 * (attempt + 1))), time, cancellationToken).ConfigureAwait(false);
        }

        throw new GatewayException(
            StatusCodes.Status503ServiceUnavailable,
            new ErrorDetail("too_many_writers", "The route is being changed by too many at once; try again.", "server_error"),
            TimeSpan.FromSeconds(1));
    }

    private static string BlobOf(string name) => $"{Prefix}{name}.json";

    private RouteDocument Keep(RouteDocument written)
    {
        _cache.Set(written.Name, written, options.RouteCache, current => current.Revision > written.Revision);
        return written;
    }
}

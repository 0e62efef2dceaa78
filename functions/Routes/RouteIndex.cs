using System.Collections.Concurrent;
using Azure;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>
/// All routes by what <see cref="RouteIndexBlobs"/> hold, in memory, until then by what the routes' own blobs say in their metadata. A copy that is older than the cache's time is served once more while another is read; one
/// that is older than seven times that is waited for. What this instance writes is in it at once. Thread-safe.
/// </summary>
public sealed class RouteIndex(ConfigStore config, RouteIndexBlobs blobs, RouteIndexRepair repair, GatewayOptions options, TimeProvider time) : IDisposable
{
    internal const string Prefix = "routes/";
    internal const string Suffix = ".json";
    private const int StaleFor = 6;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private Dictionary<string, RouteEntry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, (ETag ETag, RouteEntry[] Entries)> _shards = new();

    // Whether what is held comes from shards alone, so that it stands as long as they do.
    private bool _isSettled;
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);
    private RouteListing? _listing;
    private TimeSpan? _readAt;
    private long _writes;
    private long _begun;
    private long _done;
    private int _refreshing;

    /// <summary>The routes, perhaps as they were a moment ago.</summary>
    public async ValueTask<RouteListing> GetAsync(CancellationToken cancellationToken)
    {
        TimeSpan? readAt;
        lock (_lock) readAt = _readAt;
        var age = time.GetSteadyNow() - readAt;
        if (age is null || age > options.RouteCache * (1 + StaleFor) || options.RouteCache == TimeSpan.Zero) return await FreshAsync(cancellationToken).ConfigureAwait(false);
        if (age > options.RouteCache) Refresh();
        return Listing();
    }

    /// <summary>The routes as they were after this call began. All who wait share one reading.</summary>
    public async Task<RouteListing> FreshAsync(CancellationToken cancellationToken)
    {
        var asked = Interlocked.Read(ref _begun);
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_done <= asked) await ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _reading.Release();
        }

        return Listing();
    }

    /// <summary>Takes over a state that was just written.</summary>
    public void Apply(RouteDocument document)
    {
        var entry = RouteEntry.Of(document);
        lock (_lock)
        {
            if (_entries.TryGetValue(entry.Name, out var known) && known.Revision >= entry.Revision) return;
            _entries[entry.Name] = entry;
            _written[entry.Name] = ++_writes;
            _listing = null;
        }
    }

    public void Dispose() => _reading.Dispose();

    private void Refresh()
    {
        if (Interlocked.Exchange(ref _refreshing, 1) == 1) return;
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(RefreshAsync, CancellationToken.None);
    }

    private async Task RefreshAsync()
    {
        try
        {
            await FreshAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or IOException or HttpRequestException or ObjectDisposedException)
        {
            // The old copy stands until it is too old; whoever waits then is told.
        }
        finally
        {
            Volatile.Write(ref _refreshing, 0);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _begun);
        var begun = time.GetSteadyNow();
        Dictionary<string, RouteEntry> before;
        long writes;
        lock (_lock) (before, writes) = (_entries, _writes);

        var sight = await blobs.LookAsync(cancellationToken).ConfigureAwait(false);
        repair.Consider(sight);
        var found = sight.IsWhole ? await FromShardsAsync(sight, before, cancellationToken).ConfigureAwait(false) : await FromRoutesAsync(before, cancellationToken).ConfigureAwait(false);
        Merge(found, writes, begun);
        _done = number;
    }

    /// <summary>What shards and announced changes say; null where that is what they said before.</summary>
    private async Task<IReadOnlyCollection<RouteEntry>?> FromShardsAsync(RouteIndexSight sight, Dictionary<string, RouteEntry> before, CancellationToken cancellationToken)
    {
        var moved = sight.Shards.Where(s => !_shards.TryGetValue(s.Key, out var known) || known.ETag != s.Value).Select(s => s.Key).ToList();
        if (moved.Count == 0 && sight.Changes.Count == 0 && _isSettled && sight.Shards.Count == _shards.Count) return null;
        _isSettled = false;
        var isGone = false;
        await Parallel.ForEachAsync(
            moved,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (shard, stop) =>
            {
                if (await blobs.ReadAsync(shard, stop, sight.Shards[shard]).ConfigureAwait(false) is { } read) _shards[shard] = (read.ETag, [.. read.Value.Routes.Values.Select(RouteEntry.Of)]);
                else isGone = true;
            }).ConfigureAwait(false);
        // A shard that was damaged: what it held is in the routes' own blobs.
        if (isGone) return await FromRoutesAsync(before, cancellationToken).ConfigureAwait(false);
        foreach (var gone in _shards.Keys.Where(shard => !sight.Shards.ContainsKey(shard)).ToList()) _shards.TryRemove(gone, out _);

        var found = _shards.Values.SelectMany(s => s.Entries).ToDictionary(e => e.Name, StringComparer.Ordinal);
        var changing = sight.Changes.Select(c => c.Route).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, view) in await blobs.ViewsAsync(changing, cancellationToken).ConfigureAwait(false))
        {
            if (view is null) found.Remove(name);
            else found[name] = RouteEntry.Of(view);
        }

        _isSettled = changing.Count == 0;
        return found.Values;
    }

    /// <summary>What the routes' own blobs say: the index is not whole yet. Routes that say nothing in their metadata are read, once for each state of them.</summary>
    private async Task<IReadOnlyCollection<RouteEntry>> FromRoutesAsync(Dictionary<string, RouteEntry> before, CancellationToken cancellationToken)
    {
        _isSettled = false;
        var found = new ConcurrentBag<RouteEntry>();
        var unknown = new List<string>();
        foreach (var (blob, tag, metadata) in await config.ListAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            if (!blob.EndsWith(Suffix, StringComparison.Ordinal)) continue;
            var name = blob[Prefix.Length..^Suffix.Length];
            if (RouteEntry.Read(name, tag, metadata) is { } entry) found.Add(entry);
            else if (before.TryGetValue(name, out var known) && known.ETag == tag) found.Add(known);
            else unknown.Add(blob);
        }

        await Parallel.ForEachAsync(
            unknown,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (blob, stop) =>
            {
                // A damaged route is named to whoever asks for it; the listing of the others goes on.
                if ((await config.LookAsync<RouteDocument>(blob, stop).ConfigureAwait(false)).Entry is { } read) found.Add(RouteEntry.Of(read.Value) with { ETag = read.ETag });
            }).ConfigureAwait(false);
        return found;
    }

    /// <summary>What was written here while the listing was under way is newer than it, whether the listing has the route or not.</summary>
    /// <param name="found">Null where nothing moved since the last reading.</param>
    private void Merge(IReadOnlyCollection<RouteEntry>? found, long writesBefore, TimeSpan begun)
    {
        var next = found?.ToDictionary(e => e.Name, StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (var (name, write) in _written.ToList())
            {
                if (write <= writesBefore)
                {
                    _written.Remove(name);
                    continue;
                }

                if (next is not null && _entries.TryGetValue(name, out var own) && (!next.TryGetValue(name, out var seen) || seen.Revision < own.Revision)) next[name] = own;
            }

            _readAt = begun;
            if (next is not null) (_entries, _listing) = (next, null);
        }
    }

    private RouteListing Listing()
    {
        lock (_lock) return _listing ??= new RouteListing(_entries.Values);
    }
}

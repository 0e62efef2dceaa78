using Azure;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>
/// All routes by what their blobs' metadata say, in memory. A copy that is older than the cache's time is served once more while another is read; one
/// that is older than seven times that is waited for. What this instance writes is in it at once. Thread-safe.
/// </summary>
public sealed class RouteIndex(ConfigStore config, GatewayOptions options, TimeProvider time) : IDisposable
{
    internal const string Prefix = "routes/";
    internal const string Suffix = ".json";
    private const int StaleFor = 6;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private Dictionary<string, RouteEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);
    private RouteListing? _listing;
    private DateTimeOffset? _readAt;
    private long _writes;
    private long _begun;
    private long _done;
    private int _refreshing;

    /// <summary>The routes, perhaps as they were a moment ago.</summary>
    public async ValueTask<RouteListing> GetAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? readAt;
        lock (_lock) readAt = _readAt;
        var age = time.GetUtcNow() - readAt;
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
        var begun = time.GetUtcNow();
        Dictionary<string, RouteEntry> before;
        long writes;
        lock (_lock) (before, writes) = (_entries, _writes);

        var listed = await config.ListAsync(Prefix, cancellationToken).ConfigureAwait(false);
        var found = new RouteEntry?[listed.Count];
        var unknown = new List<int>();
        for (var i = 0; i < listed.Count; i++)
        {
            var blob = listed[i];
            if (!blob.Name.EndsWith(Suffix, StringComparison.Ordinal)) continue;
            var name = blob.Name[Prefix.Length..^Suffix.Length];
            found[i] = RouteEntry.Read(name, blob.ETag, blob.Metadata);
            if (found[i] is not null) continue;
            RouteEntry? known;
            lock (_lock) before.TryGetValue(name, out known);
            if (known is not null && known.ETag == blob.ETag) found[i] = known;
            else unknown.Add(i);
        }

        // Routes that an older release wrote say nothing in their metadata: each is read once for each state of it.
        await Parallel.ForEachAsync(
            unknown,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (i, stop) =>
            {
                try
                {
                    var entry = await config.ReadAsync<RouteDocument>(listed[i].Name, stop).ConfigureAwait(false);
                    if (entry is not null) found[i] = RouteEntry.Of(entry.Value) with { ETag = entry.ETag };
                }
                catch (GatewayException)
                {
                    // A damaged route is named to whoever asks for it; the listing of the others goes on.
                }
            }).ConfigureAwait(false);
        Merge(found, writes, begun);
        _done = number;
    }

    /// <summary>What was written here while the listing was under way is newer than it, whether the listing has the route or not.</summary>
    private void Merge(RouteEntry?[] found, long writesBefore, DateTimeOffset begun)
    {
        var next = new Dictionary<string, RouteEntry>(found.Length, StringComparer.Ordinal);
        foreach (var entry in found)
        {
            if (entry is not null) next[entry.Name] = entry;
        }

        lock (_lock)
        {
            foreach (var (name, write) in _written.ToList())
            {
                if (write <= writesBefore)
                {
                    _written.Remove(name);
                    continue;
                }

                if (_entries.TryGetValue(name, out var own) && (!next.TryGetValue(name, out var seen) || seen.Revision < own.Revision)) next[name] = own;
            }

            (_entries, _listing, _readAt) = (next, null, begun);
        }
    }

    private RouteListing Listing()
    {
        lock (_lock) return _listing ??= new RouteListing(_entries.Values);
    }
}

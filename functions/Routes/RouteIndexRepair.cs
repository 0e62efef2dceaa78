using System.Collections.Concurrent;
using Azure;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>
/// Mends the index of routes on the side: ends changes that their writers left behind, and compares the shards with the routes' blobs, at the first look of an instance
/// and every <see cref="CheckEvery"/> while somebody looks. So the routes of releases without an index, and what is put into storage by hand or by an older
/// release beside this one, come into it. Thread-safe.
/// </summary>
public sealed partial class RouteIndexRepair(ConfigStore config, RouteIndexBlobs blobs, TimeProvider time, ILogger<RouteIndexRepair> logger) : IDisposable
{
    internal static readonly TimeSpan CheckEvery = TimeSpan.FromMinutes(15);

    // A write takes milliseconds. One that takes longer than this completes its own change all the same.
    internal static readonly TimeSpan LeftBehindAfter = TimeSpan.FromSeconds(30);

    // Of a comparison: storage that answers one request at a time still answers others between two pages.
    private const int PageSize = 500;

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, TimeSpan> _firstSeen = new(StringComparer.Ordinal);
    private TimeSpan? _checked;
    private int _running;

    /// <summary>What is under way, or was last.</summary>
    internal Task Mending { get; private set; } = Task.CompletedTask;

    /// <summary>Begins what a look at the index calls for, unless it is under way.</summary>
    internal void Consider(RouteIndexSight sight)
    {
        var now = time.GetSteadyNow();
        foreach (var blob in _firstSeen.Keys.Except(sight.Changes.Select(c => c.Blob)).ToList()) _firstSeen.TryRemove(blob, out _);
        var leftBehind = sight.Changes.Where(c => now - _firstSeen.GetOrAdd(c.Blob, now) >= LeftBehindAfter).ToList();
        if (leftBehind.Count == 0 && sight.IsWhole && now - _checked < CheckEvery) return;
        if (_stopping.IsCancellationRequested || Interlocked.Exchange(ref _running, 1) == 1) return;
        using (ExecutionContext.SuppressFlow()) Mending = Task.Run(() => RunAsync(leftBehind, now), CancellationToken.None);
    }

    /// <summary>Makes every shard hold what the routes' blobs say.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var stored = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (blob, tag, metadata) in await config.ListAsync(RouteIndex.Prefix, cancellationToken, PageSize).ConfigureAwait(false))
        {
            if (!blob.EndsWith(RouteIndex.Suffix, StringComparison.Ordinal)) continue;
            var name = blob[RouteIndex.Prefix.Length..^RouteIndex.Suffix.Length];
            var entry = RouteEntry.Read(name, tag, metadata) ?? await DescribeAsync(blob, cancellationToken).ConfigureAwait(false);
            if (entry is { Deleted: false }) stored[name] = entry.WriteId;
        }

        var sight = await blobs.LookAsync(cancellationToken).ConfigureAwait(false);
        var found = 0;
        var byShard = stored.ToLookup(s => RouteShard.Of(s.Key));
        foreach (var shard in byShard.Select(s => s.Key).Union(sight.Shards.Keys))
        {
            var known = (await blobs.ReadAsync(shard, cancellationToken).ConfigureAwait(false))?.Value.Routes ?? new RouteShard().Routes;
            var differing = byShard[shard].Where(s => known.GetValueOrDefault(s.Key)?.WriteId != s.Value).Select(s => s.Key)
                .Concat(known.Keys.Where(name => !stored.ContainsKey(name)))
                .ToHashSet(StringComparer.Ordinal);
            if (differing.Count == 0) continue;
            await blobs.FoldAsync(shard, differing, cancellationToken).ConfigureAwait(false);
            found += differing.Count;
        }

        if (!sight.IsWhole) await blobs.MarkWholeAsync(cancellationToken).ConfigureAwait(false);
        if (found > 0) LogMended(found);
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task RunAsync(List<RouteChange> leftBehind, TimeSpan now)
    {
        try
        {
            var stop = _stopping.Token;
            foreach (var shard in leftBehind.GroupBy(c => RouteShard.Of(c.Route))) await blobs.FoldAsync(shard.Key, shard.ToList(), stop).ConfigureAwait(false);
            if (now - _checked < CheckEvery) return;
            await CheckAsync(stop).ConfigureAwait(false);
            _checked = now;
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            // The next look begins it again; until then lists go by announcements, or by the routes' own blobs where the index is not whole.
            LogNotMended(exception.GetType().Name, (exception as RequestFailedException)?.Status ?? 0);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    /// <summary>Gives a blob of a release that wrote no metadata what says its state, so that no later check reads it.</summary>
    private async Task<RouteEntry?> DescribeAsync(string blob, CancellationToken cancellationToken)
    {
        if ((await config.LookAsync<RouteDocument>(blob, cancellationToken).ConfigureAwait(false)).Entry is not { } read) return null;
        var entry = RouteEntry.Of(read.Value);
        await config.TryWriteAsync(blob, read.Value, read.ETag, cancellationToken, entry.ToMetadata()).ConfigureAwait(false);
        return entry;
    }

    [LoggerMessage(1104, LogLevel.Information, "The index of routes was brought up to date with {Count} routes that it did not hold as they are stored.")]
    private partial void LogMended(int count);

    [LoggerMessage(1105, LogLevel.Warning, "The index of routes could not be compared with the routes ({ExceptionType}, {Status}); it is tried again.")]
    private partial void LogNotMended(string exceptionType, int status);
}

using System.Collections.Concurrent;
using System.Globalization;
using Azure;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>
/// The index of routes in storage. A write of a route goes: a change is announced, the route's blob is written, its shard is brought up to date, the
/// announcement is deleted. Whoever reads lists announcements and shards in one call, in that order, reads the shards that moved and the blobs of announced routes:
/// what is written is seen, wherever a writer stopped. Thread-safe.
/// </summary>
public sealed partial class RouteIndexBlobs(ConfigStore config, TimeProvider time, ILogger<RouteIndexBlobs> logger)
{
    // In the order in which a listing must come to them: an announcement goes after its shard has moved, so a shard that is seen after it is new enough.
    private const string Root = "route-index/";
    private const string Changes = Root + "changes/";
    private const string Shards = Root + "shards/";
    private const string Whole = Root + "whole.json";
    private const string Suffix = ".json";
    private const int MaxAttempts = 40;
    private const int MaxOwn = 4;

    private readonly ConcurrentDictionary<int, Folding> _foldings = new();

    // Some of the shards as this instance wrote them last: as long as they are so, nobody need read them.
    private readonly ConcurrentDictionary<int, ConfigEntry<RouteShard>> _own = new();

    internal static string BlobOf(string route) => $"{RouteIndex.Prefix}{route}{RouteIndex.Suffix}";

    /// <summary>Says that a route is about to be written.</summary>
    /// <param name="writeId">32 hexadecimal digits, of this write alone.</param>
    internal async Task<RouteChange> AnnounceAsync(string route, string writeId, CancellationToken cancellationToken)
    {
        var change = new RouteChange(route, $"{Changes}{writeId}-{route}{Suffix}");
        await config.TryWriteAsync(change.Blob, new RouteShard(), null, cancellationToken).ConfigureAwait(false);
        return change;
    }

    /// <summary>Brings the shard of a route that was written up to date. Where storage fails the announcement stays, and readers go by it.</summary>
    internal async Task CompleteAsync(RouteChange change)
    {
        var shard = RouteShard.Of(change.Route);
        var folding = _foldings.GetOrAdd(shard, _ => new Folding());
        folding.Waiting.Enqueue(change);
        await folding.Turn.WaitAsync().ConfigureAwait(false);
        try
        {
            // Who waited for this turn is taken along: many writes at once are one write of their shard.
            var batch = new List<RouteChange>();
            while (folding.Waiting.TryDequeue(out var waiting)) batch.Add(waiting);
            if (batch.Count > 0) await FoldAsync(shard, batch, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or IOException or HttpRequestException)
        {
            LogNotFolded(shard, exception.GetType().Name, (exception as RequestFailedException)?.Status ?? 0);
        }
        finally
        {
            folding.Turn.Release();
        }
    }

    internal async Task<RouteIndexSight> LookAsync(CancellationToken cancellationToken)
    {
        var (changes, shards, isWhole) = (new List<RouteChange>(), new Dictionary<int, ETag>(), false);
        foreach (var (blob, tag, _) in await config.ListAsync(Root, cancellationToken).ConfigureAwait(false))
        {
            if (blob == Whole) isWhole = true;
            else if (RouteOf(blob) is { } route) changes.Add(new RouteChange(route, blob));
            else if (ShardIn(blob) is { } shard) shards[shard] = tag;
        }

        return new RouteIndexSight(changes, shards, isWhole);
    }

    /// <summary>A shard; null where there is none, or a damaged one was: that is deleted, and the index no longer called whole, so that the routes' blobs are gone by.</summary>
    /// <param name="seen">The state that it was seen in, where it was; one that this instance wrote is not read again.</param>
    internal async Task<ConfigEntry<RouteShard>?> ReadAsync(int shard, CancellationToken cancellationToken, ETag? seen = null)
    {
        if (seen is not null && _own.TryGetValue(shard, out var own) && own.ETag == seen) return own;
        var blob = $"{Shards}{RouteShard.NameOf(shard)}{Suffix}";
        var reading = await config.LookAsync<RouteShard>(blob, cancellationToken).ConfigureAwait(false);
        if (!reading.IsDamaged) return reading.Entry;
        await config.DeleteAsync(Whole, cancellationToken).ConfigureAwait(false);
        await config.DeleteAsync(blob, cancellationToken).ConfigureAwait(false);
        LogDamaged(shard);
        return null;
    }

    /// <summary>Says that the shards hold every route that was written before.</summary>
    internal Task MarkWholeAsync(CancellationToken cancellationToken) => config.OverwriteAsync(Whole, new RouteShard(), cancellationToken);

    /// <summary>
    /// Makes a shard hold what the routes' blobs say, and ends their changes. The shard is read before the blobs and written only if nobody wrote it since:
    /// whoever writes a shard has seen every route at least as new as the shard before it had it, so no state goes back.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage fails; the changes stand.</exception>
    internal async Task FoldAsync(int shard, IReadOnlyCollection<RouteChange> changes, CancellationToken cancellationToken)
    {
        await FoldAsync(shard, changes.Select(c => c.Route).ToHashSet(StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);
        foreach (var change in changes) await config.DeleteAsync(change.Blob, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="FoldAsync(int, IReadOnlyCollection{RouteChange}, CancellationToken)"/>
    internal async Task FoldAsync(int shard, IReadOnlySet<string> names, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            // The one that this instance wrote serves once: if somebody else has written since, the write below finds out.
            var there = _own.TryRemove(shard, out var own) ? own : await ReadAsync(shard, cancellationToken).ConfigureAwait(false);
            var routes = new Dictionary<string, RouteDocument>(there?.Value.Routes ?? new RouteShard().Routes, StringComparer.Ordinal);
            var moved = false;
            foreach (var (name, view) in await ViewsAsync(names, cancellationToken).ConfigureAwait(false))
            {
                var known = routes.GetValueOrDefault(name);
                if (known?.WriteId == view?.WriteId && known?.Revision == view?.Revision) continue;
                moved = true;
                if (view is null) routes.Remove(name);
                else routes[name] = view;
            }

            if (!moved && own is null) return;
            if (!moved) continue;
            var next = new RouteShard { Routes = routes };
            if (await config.WriteAsync($"{Shards}{RouteShard.NameOf(shard)}{Suffix}", next, there?.ETag, cancellationToken).ConfigureAwait(false) is { } written)
            {
                if (_own.Count >= MaxOwn) _own.Clear();
                _own[shard] = new ConfigEntry<RouteShard>(next, written);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 * (attempt + 1))), time, cancellationToken).ConfigureAwait(false);
        }

        throw new RequestFailedException(409, "The index of routes is being changed by too many at once.");
    }

    /// <summary>Routes as their blobs say, null where one is deleted or was never there; without those whose blobs are damaged.</summary>
    internal async Task<IReadOnlyDictionary<string, RouteDocument?>> ViewsAsync(IReadOnlySet<string> names, CancellationToken cancellationToken)
    {
        var views = new ConcurrentDictionary<string, RouteDocument?>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            names,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (name, stop) =>
            {
                // That one is damaged is told to whoever asks for it; a list says what was known before.
                var reading = await config.LookAsync<RouteDocument>(BlobOf(name), stop).ConfigureAwait(false);
                if (!reading.IsDamaged) views[name] = RouteShard.ViewOf(reading.Entry?.Value);
            }).ConfigureAwait(false);
        return views;
    }

    /// <summary>The route that a change's blob names; null for another blob.</summary>
    private static string? RouteOf(string blob)
    {
        var start = Changes.Length + 33;
        var isChange = blob.Length > start + Suffix.Length && blob.StartsWith(Changes, StringComparison.Ordinal) && blob.EndsWith(Suffix, StringComparison.Ordinal);
        return isChange && RouteName.IsValid(blob[start..^Suffix.Length]) ? blob[start..^Suffix.Length] : null;
    }

    private static int? ShardIn(string blob) =>
        blob.StartsWith(Shards, StringComparison.Ordinal) && int.TryParse(blob.AsSpan(Shards.Length, Math.Min(2, blob.Length - Shards.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out var shard) && shard < RouteShard.Count ? shard : null;

    [LoggerMessage(1103, LogLevel.Warning, "Shard {Shard} of the index of routes was not brought up to date ({ExceptionType}, {Status}); lists read its routes one by one until it is.")]
    private partial void LogNotFolded(int shard, string exceptionType, int status);

    [LoggerMessage(1106, LogLevel.Warning, "Shard {Shard} of the index of routes was damaged and is made again from the routes.")]
    private partial void LogDamaged(int shard);

    private sealed class Folding
    {
        public ConcurrentQueue<RouteChange> Waiting { get; } = new();

        public SemaphoreSlim Turn { get; } = new(1, 1);
    }
}

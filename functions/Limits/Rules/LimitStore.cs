using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Limits.Rules;

/// <summary>
/// Which limits there are, in <see cref="Shards"/> blobs that are cached for as long as a route is: an instance reads at most that many in that time,
/// however many clients call, and one without limits costs nothing.
/// </summary>
public sealed class LimitStore(ConfigStore config, GatewayOptions options, TimeProvider time)
{
    public const int Shards = 64;

    private const int MaxAttempts = 40;
    private static readonly LimitShard None = new();
    private static readonly string[] Blobs = [.. Enumerable.Range(0, Shards).Select(i => string.Create(CultureInfo.InvariantCulture, $"limits/{i:d2}.json"))];

    private readonly ExpiringCache<LimitShard> _cache = new(time);
    private Func<string, CancellationToken, Task<(LimitShard? Value, TimeSpan Keep)>>? _load;

    public static string Route(string name) => $"route/{name}";

    public static string Client(string id) => $"client/{id}";

    public static string McpServer(string name) => $"mcp-server/{name}";

    /// <param name="subject"><see cref="Route"/>, <see cref="Client"/> or <see cref="McpServer"/>.</param>
    /// <returns>Null when it has no limits.</returns>
    public async ValueTask<SubjectLimits?> FindAsync(string subject, CancellationToken cancellationToken) =>
        (await ShardAsync(BlobOf(subject), cancellationToken).ConfigureAwait(false)).Compiled.GetValueOrDefault(subject);

    /// <summary>All that have limits, in the order of their names.</summary>
    public async Task<IReadOnlyList<(string Subject, IReadOnlyList<LimitEntry> Limits)>> ListAsync(CancellationToken cancellationToken)
    {
        var shards = await Task.WhenAll(Blobs.Select(b => ShardAsync(b, cancellationToken).AsTask())).ConfigureAwait(false);
        return [.. shards.SelectMany(s => s.Limits).Select(l => (l.Key, l.Value)).OrderBy(l => l.Key, StringComparer.Ordinal)];
    }

    /// <summary>Replaces the limits of a route, client or MCP server; an empty list removes them.</summary>
    public async Task ReplaceAsync(string subject, IReadOnlyList<LimitEntry> limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var blob = BlobOf(subject);
        var writeId = Guid.NewGuid().ToString("N");
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await config.ReadAsync<LimitShard>(blob, cancellationToken).ConfigureAwait(false);
            var current = entry?.Value ?? None;
            if (current.WriteId == writeId)
            {
                Keep(blob, current);
                return;
            }

            var next = new Dictionary<string, IReadOnlyList<LimitEntry>>(current.Limits, StringComparer.Ordinal);
            if (limits.Count == 0) next.Remove(subject);
            else next[subject] = limits;
            var shard = new LimitShard { Revision = current.Revision + 1, WriteId = writeId, Limits = next };
            if (await config.TryWriteAsync(blob, shard, entry?.ETag, cancellationToken).ConfigureAwait(false))
            {
                Keep(blob, shard);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 * (attempt + 1))), time, cancellationToken).ConfigureAwait(false);
        }

        throw new GatewayException(
            StatusCodes.Status503ServiceUnavailable, new ErrorDetail("too_many_writers", "The limits are being changed by too many at once; try again.", "server_error"), TimeSpan.FromSeconds(1));
    }

    /// <summary>FNV-1a, 32 bits: it must be the same in every process and version, and nothing more.</summary>
    private static string BlobOf(string subject)
    {
        var hash = 2166136261u;
        foreach (var letter in subject) hash = (hash ^ letter) * 16777619u;
        return Blobs[(hash ^ (hash >> 16)) % Shards];
    }

    private async ValueTask<LimitShard> ShardAsync(string blob, CancellationToken cancellationToken) =>
        await _cache.GetAsync(blob, _load ??= LoadAsync, cancellationToken).ConfigureAwait(false) ?? None;

    private async Task<(LimitShard? Value, TimeSpan Keep)> LoadAsync(string blob, CancellationToken cancellationToken) =>
        ((await config.ReadAsync<LimitShard>(blob, cancellationToken).ConfigureAwait(false))?.Value ?? None, options.RouteCache);

    private void Keep(string blob, LimitShard written) => _cache.Set(blob, written, options.RouteCache, current => current.Revision > written.Revision);
}

using System.Collections.Concurrent;
using Azure;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Upstream servers in blobs. All of them are listed at once and kept as long as routes are (<c>Gateway:RouteCacheSeconds</c>), and only those that changed are read again; what an instance writes it sees at once.</summary>
public sealed class McpServerStore(ConfigStore config, GatewayOptions options, TimeProvider time)
{
    public const int MaxServers = 200;

    private const string Prefix = "mcp-servers/";
    private const int MaxAttempts = 40;
    private const int AtOnce = 16;

    private readonly ExpiringCache<IReadOnlyList<McpServerDocument>> _all = new(time);
    private readonly ConcurrentDictionary<string, (ETag ETag, McpServerDocument? Server)> _read = new(StringComparer.Ordinal);

    /// <summary>All servers, perhaps as they were a moment ago, in the order of their names. One whose blob is damaged is left out.</summary>
    public async ValueTask<IReadOnlyList<McpServerDocument>> ListAsync(CancellationToken cancellationToken) =>
        (await _all.GetAsync("", async stop => (await ReadAllAsync(stop).ConfigureAwait(false), options.RouteCache), cancellationToken).ConfigureAwait(false))!;

    /// <summary>The server as it is stored now; null where there is none.</summary>
    public async Task<McpServerDocument?> FindAsync(string name, CancellationToken cancellationToken) =>
        McpServerName.IsValid(name) ? (await config.ReadAsync<McpServerDocument>(BlobOf(name), cancellationToken).ConfigureAwait(false))?.Value : null;

    /// <exception cref="GatewayException">409: the name is taken, or there are too many.</exception>
    public async Task<McpServerDocument> AddAsync(McpServerDocument server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        if ((await config.ListAsync(Prefix, cancellationToken).ConfigureAwait(false)).Count >= MaxServers)
            throw Conflict("too_many_mcp_servers", $"There may be at most {MaxServers} MCP servers.", null);
        var written = Tagged(server);
        if (!await config.TryWriteAsync(BlobOf(server.Name), written, null, cancellationToken).ConfigureAwait(false)) throw Taken();
        _all.Remove("");
        return written;
    }

    /// <summary>Replaces a server's state; <paramref name="change"/> runs again when somebody else was faster.</summary>
    /// <exception cref="GatewayException">404 when there is none.</exception>
    public async Task<McpServerDocument> UpdateAsync(string name, Func<McpServerDocument, Task<McpServerDocument>> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await RequireAsync(name, cancellationToken).ConfigureAwait(false);
            var next = Tagged(await change(entry.Value).ConfigureAwait(false));
            if (await config.TryWriteAsync(BlobOf(name), next, entry.ETag, cancellationToken).ConfigureAwait(false))
            {
                _all.Remove("");
                return next;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 * (attempt + 1))), time, cancellationToken).ConfigureAwait(false);
        }

        throw TooManyWriters();
    }

    /// <param name="check">Looks at the state that is about to go.</param>
    /// <returns>The state that is gone.</returns>
    /// <exception cref="GatewayException">404 when there is none.</exception>
    public async Task<McpServerDocument> DeleteAsync(string name, Action<McpServerDocument> check, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(check);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await RequireAsync(name, cancellationToken).ConfigureAwait(false);
            check(entry.Value);
            if (await config.TryDeleteAsync(BlobOf(name), entry.ETag, cancellationToken).ConfigureAwait(false))
            {
                _all.Remove("");
                return entry.Value;
            }
        }

        throw TooManyWriters();
    }

    internal static GatewayException Unknown(string field = "name") => GatewayException.NotFound("mcp_server_not_found", "There is no MCP server of that name.", field);

    internal static GatewayException Taken() => Conflict("mcp_server_exists", "An MCP server of this name exists; change it with PATCH.", "name");

    private static GatewayException Conflict(string code, string message, string? param) => new(StatusCodes.Status409Conflict, new ErrorDetail(code, message, "invalid_request_error", param));

    private static GatewayException TooManyWriters() => new(
        StatusCodes.Status503ServiceUnavailable, new ErrorDetail("too_many_writers", "The MCP server is being changed by too many at once; try again.", "server_error"), TimeSpan.FromSeconds(1));

    private static McpServerDocument Tagged(McpServerDocument server) => server with { WriteId = Guid.NewGuid().ToString("N") };

    private static string BlobOf(string name) => $"{Prefix}{name}.json";

    private async Task<ConfigEntry<McpServerDocument>> RequireAsync(string name, CancellationToken cancellationToken) =>
        (McpServerName.IsValid(name) ? await config.ReadAsync<McpServerDocument>(BlobOf(name), cancellationToken).ConfigureAwait(false) : null) ?? throw Unknown();

    private async Task<IReadOnlyList<McpServerDocument>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var there = (await config.ListAsync(Prefix, cancellationToken).ConfigureAwait(false)).Take(MaxServers).ToList();
        await Parallel.ForEachAsync(
            there.Where(blob => !_read.TryGetValue(blob.Name, out var known) || known.ETag != blob.ETag),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (blob, stop) =>
            {
                var reading = await config.LookAsync<McpServerDocument>(blob.Name, stop).ConfigureAwait(false);
                _read[blob.Name] = (reading.Entry?.ETag ?? blob.ETag, reading.Entry?.Value);
            }).ConfigureAwait(false);
        foreach (var gone in _read.Keys.Except(there.Select(blob => blob.Name), StringComparer.Ordinal)) _read.TryRemove(gone, out _);
        return [.. there.Select(blob => _read.GetValueOrDefault(blob.Name).Server).OfType<McpServerDocument>().OrderBy(server => server.Name, StringComparer.Ordinal)];
    }
}

using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>The list of clients, cached in memory for a moment; changes are compare-and-swap, so none is lost.</summary>
public sealed class ClientStore(ConfigStore config, GatewayOptions options, TimeProvider time)
{
    private const string Blob = "clients.json";
    private const int MaxAttempts = 40;
    private static readonly ClientList None = new();

    private readonly ExpiringCache<ClientList> _cache = new(time);

    public async ValueTask<ClientList> GetAsync(CancellationToken cancellationToken) =>
        await _cache.GetAsync(
            Blob,
            async stop => ((await config.ReadAsync<ClientList>(Blob, stop).ConfigureAwait(false))?.Value ?? None, options.RouteCache),
            cancellationToken).ConfigureAwait(false) ?? None;

    /// <summary>Replaces the list; <paramref name="change"/> runs again when somebody else was faster.</summary>
    public async Task<ClientList> UpdateAsync(Func<ClientList, IReadOnlyDictionary<string, ClientRecord>> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        var writeId = Guid.NewGuid().ToString("N");
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await config.ReadAsync<ClientList>(Blob, cancellationToken).ConfigureAwait(false);
            var current = entry?.Value ?? None;
            if (current.WriteId == writeId) return Keep(current);

            var next = new ClientList { Clients = change(current), Revision = current.Revision + 1, WriteId = writeId };
            if (await config.TryWriteAsync(Blob, next, entry?.ETag, cancellationToken).ConfigureAwait(false)) return Keep(next);
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 * (attempt + 1))), time, cancellationToken).ConfigureAwait(false);
        }

        throw new GatewayException(
            StatusCodes.Status503ServiceUnavailable,
            new ErrorDetail("too_many_writers", "The clients are being changed by too many at once; try again.", "server_error"),
            TimeSpan.FromSeconds(1));
    }

    private ClientList Keep(ClientList written)
    {
        _cache.Set(Blob, written, options.RouteCache, current => current.Revision > written.Revision);
        return written;
    }
}

using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>
/// Clients, found by the first digits of their ids. Changes are compare-and-swap, so none is lost. A client of an older release's one list
/// (<c>config/clients.json</c>) is found there until it is changed; that list is only read.
/// </summary>
public sealed class ClientStore(ClientShards shards, ConfigStore config, TimeProvider time)
{
    private const string Former = "clients.json";
    private const int MaxAttempts = 40;
    private const int Shards = 256;
    private static readonly string[] Blobs = [.. Enumerable.Range(0, Shards).Select(shard => $"clients/{shard:x2}.json")];
    private static readonly ClientList None = new();

    /// <summary>The client of this id, as it was a moment ago; null when there is none.</summary>
    public async ValueTask<ClientRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (ShardOf(id) is not { } blob) return null;
        var list = await shards.GetAsync(blob, cancellationToken).ConfigureAwait(false);
        if (list.Clients.TryGetValue(id, out var client)) return client.Deleted ? null : client;
        return (await shards.GetAsync(Former, cancellationToken).ConfigureAwait(false)).Clients.GetValueOrDefault(id);
    }

    /// <summary>At most <paramref name="size"/> clients in the order of their ids, and the id to go on behind; null at the end. Reads the lists that the page touches.</summary>
    public async Task<(IReadOnlyList<ClientRecord> Clients, string? Next)> PageAsync(string? after, int size, CancellationToken cancellationToken)
    {
        var former = (await shards.GetAsync(Former, cancellationToken).ConfigureAwait(false)).Clients;
        var found = new List<ClientRecord>();
        for (var shard = after is null ? 0 : Convert.ToInt32(after[..2], 16); shard < Shards && found.Count <= size; shard++)
        {
            var prefix = shard.ToString("x2", System.Globalization.CultureInfo.InvariantCulture);
            var own = (await shards.GetAsync(Blobs[shard], cancellationToken).ConfigureAwait(false)).Clients;
            found.AddRange(own.Values
                .Concat(former.Values.Where(c => c.Id.StartsWith(prefix, StringComparison.Ordinal) && !own.ContainsKey(c.Id)))
                .Where(c => !c.Deleted && (after is null || string.CompareOrdinal(c.Id, after) > 0))
                .OrderBy(c => c.Id, StringComparer.Ordinal));
        }

        return found.Count > size ? (found[..size], found[size - 1].Id) : (found, null);
    }

    /// <exception cref="GatewayException">409 when there are too many, or one for the same principal.</exception>
    public Task<ClientRecord> AddAsync(ClientRecord client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        return WriteAsync(
            client.Id,
            there => there is null
                ? client
                : throw new GatewayException(StatusCodes.Status409Conflict, new ErrorDetail("client_exists", "There is a client of this id already: one principal is one client.", "invalid_request_error", "entra")),
            cancellationToken);
    }

    /// <summary>Replaces a client; <paramref name="change"/> runs again when somebody else was faster.</summary>
    /// <exception cref="GatewayException">404 when there is none.</exception>
    public Task<ClientRecord> UpdateAsync(string id, Func<ClientRecord, ClientRecord> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        return WriteAsync(id, current => change(current ?? throw Unknown()), cancellationToken);
    }

    /// <exception cref="GatewayException">404 when there is none.</exception>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) =>
        // What stays says that the former list's client is gone too; it holds neither name nor key.
        WriteAsync(id, current => current is null ? throw Unknown() : new ClientRecord { Id = id, Name = "", Deleted = true }, cancellationToken);

    internal static GatewayException Unknown() => GatewayException.NotFound("client_not_found", "There is no client of that id.", "id");

    private static string? ShardOf(string id) => ClientKey.IsId(id) ? Blobs[int.Parse(id.AsSpan(0, 2), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture)] : null;

    private async Task<ClientRecord> WriteAsync(string id, Func<ClientRecord?, ClientRecord> change, CancellationToken cancellationToken)
    {
        var blob = ShardOf(id) ?? throw Unknown();
        var writeId = Guid.NewGuid().ToString("N");
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await config.ReadAsync<ClientList>(blob, cancellationToken).ConfigureAwait(false);
            var current = entry?.Value ?? None;
            if (current.WriteId == writeId) return await PublishAsync(blob, current, id).ConfigureAwait(false);

            var isOwn = current.Clients.TryGetValue(id, out var client);
            var former = (await config.ReadAsync<ClientList>(Former, cancellationToken).ConfigureAwait(false))?.Value.Clients.GetValueOrDefault(id);
            var changed = change(isOwn ? (client!.Deleted ? null : client) : former);
            var clients = new Dictionary<string, ClientRecord>(current.Clients);
            if (changed.Deleted && former is null) clients.Remove(id);
            else clients[id] = changed;
            if (clients.Count > ClientList.MaxClients && clients.Count > current.Clients.Count)
                throw new GatewayException(StatusCodes.Status409Conflict, new ErrorDetail("too_many_clients", $"There may be at most about {ClientList.MaxClients * Shards} clients.", "invalid_request_error"));

            var next = new ClientList { Clients = clients, Revision = current.Revision + 1, WriteId = writeId };
            if (await config.TryWriteAsync(blob, next, entry?.ETag, cancellationToken).ConfigureAwait(false)) return await PublishAsync(blob, next, id).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 * (attempt + 1))), time, cancellationToken).ConfigureAwait(false);
        }

        throw new GatewayException(
            StatusCodes.Status503ServiceUnavailable,
            new ErrorDetail("too_many_writers", "The clients are being changed by too many at once; try again.", "server_error"),
            TimeSpan.FromSeconds(1));
    }

    /// <summary>The change is made: who asked may go away, the others are told all the same.</summary>
    private async Task<ClientRecord> PublishAsync(string blob, ClientList written, string id)
    {
        await shards.PublishAsync(blob, written, CancellationToken.None).ConfigureAwait(false);
        return written.Clients.GetValueOrDefault(id) ?? new ClientRecord { Id = id, Name = "", Deleted = true };
    }
}

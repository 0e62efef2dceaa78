using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Auditing;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Clients;

/// <summary>Clients and their keys over HTTP: operators change them, readers see them. A key is shown once, when it is made.</summary>
public sealed class ClientFunctions(ClientStore store, ClientReader reader, LimitStore limits, TimeProvider time)
{
    private const int PageSize = 500;
    private const int MaxPageSize = 1000;
    private const int MaxOverlapSeconds = 30 * 24 * 3600;

    [Function("CreateClient")]
    public async Task<IActionResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "clients")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var id = ClientKey.NewId();
        string? key = ClientKey.NewKey(id);
        var now = time.GetUtcNow();
        var empty = new ClientRecord { Id = id, Name = "", Keys = [StoredKey.Of(key, now)], CreatedAt = now };
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        new JsonFields(body).RequiredString("name", 100);
        var wanted = await reader.ApplyAsync(empty, body, stop).ConfigureAwait(false);
        // Who comes with a token of the tenant needs no key; one may be added.
        if (wanted.Entra is { } identity) (wanted, key) = (wanted with { Id = identity.ClientId, Keys = [] }, null);
        var record = await store.AddAsync(wanted, stop).ConfigureAwait(false);
        request.Changed($"client/{record.Id}", null, ClientView.Of(record));
        return new JsonAnswer(ClientView.Of(record, key), StatusCodes.Status201Created);
    }

    [Function("ListClients")]
    public async Task<IActionResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "clients")] HttpRequest request)
    {
        request.Overseer();
        var after = PageToken.Read(request.Query["page_token"]);
        if (after is not null && !ClientKey.IsId(after)) throw PageToken.Unknown();
        var size = request.WholeNumber("max_results", 1, MaxPageSize, PageSize);
        var (clients, next) = await store.PageAsync(after, size, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new { clients = clients.Select(c => ClientView.Of(c)).ToList(), next_page_token = next is null ? null : PageToken.Write(next) });
    }

    [Function("GetClient")]
    public async Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "clients/{id}")] HttpRequest request)
    {
        request.Overseer();
        var client = await store.FindAsync(request.Placeholder("id"), request.HttpContext.RequestAborted).ConfigureAwait(false) ?? throw ClientStore.Unknown();
        return new JsonAnswer(ClientView.Of(client));
    }

    /// <summary>Changes what the body names; a null takes a restriction or an expiry away.</summary>
    [Function("UpdateClient")]
    public async Task<IActionResult> Update([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "clients/{id}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var id = request.Placeholder("id");
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        // Read apart from the change, which may run again and does not wait; what it replaces is the whole of what a body can name.
        var seen = await store.FindAsync(id, stop).ConfigureAwait(false) ?? throw ClientStore.Unknown();
        await reader.ApplyAsync(seen, body, stop).ConfigureAwait(false);
        return await ChangeAsync(request, id, current => reader.ApplyNames(current, body), null).ConfigureAwait(false);
    }

    /// <summary>
    /// Gives the client another key, good at once. <c>{overlap_seconds?: 0..2,592,000, expires_at?}</c>: the keys before are good for that long, by default
    /// not at all.
    /// </summary>
    [Function("RotateClient")]
    public async Task<IActionResult> Rotate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "clients/{id}/rotate")] HttpRequest request)
    {
        request.Operator();
        var id = request.Placeholder("id");
        var fields = new JsonFields(await RequestBody.ReadObjectOrNothingAsync(request, request.HttpContext.RequestAborted).ConfigureAwait(false));
        var overlap = TimeSpan.FromSeconds(fields.Integer("overlap_seconds", 0, MaxOverlapSeconds, 0));
        var expiry = reader.ReadExpiry(fields);
        fields.RejectUnknown();
        var (key, now) = (ClientKey.NewKey(id), time.GetUtcNow());
        return await ChangeAsync(
            request,
            id,
            current => Room(current with
            {
                KeyHash = null,
                Keys = [.. current.AllKeys.Select(k => k with { ExpiresAt = k.ExpiresAt < now + overlap ? k.ExpiresAt : now + overlap }).Where(k => k.IsGood(now)), StoredKey.Of(key, now, expiry)],
                RotatedAt = now,
            }),
            key).ConfigureAwait(false);
    }

    /// <summary>One more key beside those that there are: <c>{expires_at?}</c>.</summary>
    [Function("AddClientKey")]
    public async Task<IActionResult> AddKey([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "clients/{id}/keys")] HttpRequest request)
    {
        request.Operator();
        var id = request.Placeholder("id");
        var fields = new JsonFields(await RequestBody.ReadObjectOrNothingAsync(request, request.HttpContext.RequestAborted).ConfigureAwait(false));
        var expiry = reader.ReadExpiry(fields);
        fields.RejectUnknown();
        var (key, now) = (ClientKey.NewKey(id), time.GetUtcNow());
        return await ChangeAsync(
            request,
            id,
            current => Room(current with { KeyHash = null, Keys = [.. current.AllKeys.Where(k => k.IsGood(now)), StoredKey.Of(key, now, expiry)] }),
            key,
            StatusCodes.Status201Created).ConfigureAwait(false);
    }

    [Function("DeleteClientKey")]
    public async Task<IActionResult> DeleteKey([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "clients/{id}/keys/{key}")] HttpRequest request)
    {
        request.Operator();
        var key = request.Placeholder("key");
        return await ChangeAsync(
            request,
            request.Placeholder("id"),
            current => current.AllKeys.Any(k => k.Id == key)
                ? current with { KeyHash = null, Keys = [.. current.AllKeys.Where(k => k.Id != key)] }
                : throw GatewayException.NotFound("key_not_found", "The client has no key of that id.", "key"),
            null).ConfigureAwait(false);
    }

    [Function("DeleteClient")]
    public async Task<IActionResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "clients/{id}")] HttpRequest request)
    {
        request.Operator();
        var id = request.Placeholder("id");
        var stop = request.HttpContext.RequestAborted;
        var before = await store.FindAsync(id, stop).ConfigureAwait(false);
        await store.DeleteAsync(id, stop).ConfigureAwait(false);
        // Nobody is left whom they limit. What was counted stays, for a principal of the tenant that is made a client again in the same month.
        if (await limits.FindAsync(LimitStore.Client(id), stop).ConfigureAwait(false) is not null) await limits.ReplaceAsync(LimitStore.Client(id), [], stop).ConfigureAwait(false);
        request.Changed($"client/{id}", before is null ? null : ClientView.Of(before), null);
        return new JsonAnswer(new { });
    }

    private static ClientRecord Room(ClientRecord client) => client.Keys.Count <= ClientRecord.MaxKeys
        ? client
        : throw new GatewayException(StatusCodes.Status409Conflict, new ErrorDetail("too_many_keys", $"A client may have at most {ClientRecord.MaxKeys} keys at once.", "invalid_request_error"));

    private async Task<IActionResult> ChangeAsync(HttpRequest request, string id, Func<ClientRecord, ClientRecord> change, string? key, int status = StatusCodes.Status200OK)
    {
        ClientRecord? before = null;
        var after = await store.UpdateAsync(id, current => change(before = current), request.HttpContext.RequestAborted).ConfigureAwait(false);
        request.Changed($"client/{id}", before is null ? null : ClientView.Of(before), ClientView.Of(after));
        return new JsonAnswer(ClientView.Of(after, key), status);
    }
}

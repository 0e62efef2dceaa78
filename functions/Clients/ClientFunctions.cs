using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Clients;

/// <summary>API keys over HTTP, for operators: <c>{name, groups?, is_operator?, allowed_routes?}</c>. A key is shown once, when it is made.</summary>
public sealed class ClientFunctions(ClientStore store, TimeProvider time)
{
    [Function("CreateClient")]
    public async Task<IActionResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "clients")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var fields = new JsonFields(await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false));
        var id = ClientKey.NewId();
        var key = ClientKey.NewKey(id);
        var name = fields.RequiredString("name", 100);
        if (string.IsNullOrWhiteSpace(name)) throw GatewayException.Invalid("name", "'name' must not be empty.");
        var record = new ClientRecord
        {
            Id = id,
            Name = name,
            KeyHash = ClientKey.Hash(key),
            Groups = fields.Strings("groups", 100, 100) ?? [],
            IsOperator = fields.Boolean("is_operator", otherwise: false),
            AllowedRoutes = fields.Strings("allowed_routes", 500, 64),
            CreatedAt = time.GetUtcNow(),
        };
        fields.RejectUnknown();
        if (record.AllowedRoutes?.FirstOrDefault(r => !RouteName.IsValid(r)) is not null)
            throw GatewayException.Invalid("allowed_routes", "'allowed_routes' must list routes' names, without versions.");

        await store.UpdateAsync(
            current => current.Clients.Count < ClientList.MaxClients
                ? new Dictionary<string, ClientRecord>(current.Clients) { [id] = record }
                : throw new GatewayException(StatusCodes.Status409Conflict, new Contracts.ErrorDetail("too_many_clients", $"There may be at most {ClientList.MaxClients} clients.", "invalid_request_error")),
            stop).ConfigureAwait(false);
        return new JsonAnswer(ClientView.Of(record, key), StatusCodes.Status201Created);
    }

    [Function("ListClients")]
    public async Task<IActionResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "clients")] HttpRequest request)
    {
        request.Operator();
        var list = await store.GetAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new { clients = list.Clients.Values.OrderBy(c => c.CreatedAt).ThenBy(c => c.Id, StringComparer.Ordinal).Select(c => ClientView.Of(c)).ToList() });
    }

    /// <summary>Gives the client another key; the old one stops at once here, and elsewhere within the cache's time.</summary>
    [Function("RotateClient")]
    public async Task<IActionResult> Rotate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "clients/{id}/rotate")] HttpRequest request)
    {
        request.Operator();
        var id = request.Placeholder("id");
        var key = ClientKey.NewKey(id);
        var list = await store.UpdateAsync(
            current => new Dictionary<string, ClientRecord>(current.Clients) { [id] = Find(current, id) with { KeyHash = ClientKey.Hash(key), RotatedAt = time.GetUtcNow() } },
            request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(ClientView.Of(list.Clients[id], key));
    }

    [Function("DeleteClient")]
    public async Task<IActionResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "clients/{id}")] HttpRequest request)
    {
        request.Operator();
        var id = request.Placeholder("id");
        await store.UpdateAsync(
            current =>
            {
                var rest = new Dictionary<string, ClientRecord>(current.Clients);
                rest.Remove(Find(current, id).Id);
                return rest;
            },
            request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new { });
    }

    private static ClientRecord Find(ClientList list, string id) =>
        list.Clients.TryGetValue(id, out var client) ? client : throw GatewayException.NotFound("client_not_found", "There is no client of that id.", "id");
}

using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Auditing;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Mcp.Servers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Limits;

/// <summary>
/// Limits over HTTP: MLflow AI Gateway's <c>/api/2.0/gateway/limits</c> for a route's, in its shape and ours (an entry has one of calls, tokens, usd and
/// concurrency), and <c>/limits/routes/{route}</c>, <c>/limits/clients/{client}</c> and <c>/limits/mcp-servers/{server}</c>.
/// </summary>
public sealed class LimitFunctions(LimitStore limits, RouteCatalog routes, ClientStore clients, McpServerStore servers)
{
    private const string Mlflow = "api/2.0/gateway/limits";

    [Function("SetLimits")]
    public async Task<IActionResult> Set([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Mlflow)] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        var fields = new JsonFields(body);
        var route = fields.RequiredString("route", 64);
        return await PutRouteAsync(request, route, body, "route").ConfigureAwait(false);
    }

    [Function("GetLimits")]
    public Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Mlflow + "/{route}")] HttpRequest request) => GetRoute(request);

    [Function("ListAllLimits")]
    public async Task<IActionResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "limits")] HttpRequest request)
    {
        request.Overseer();
        var all = await limits.ListAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new { routes = Of("route/"), clients = Of("client/"), mcp_servers = Of("mcp-server/") });

        Dictionary<string, IReadOnlyList<LimitEntry>> Of(string kind) =>
            all.Where(l => l.Subject.StartsWith(kind, StringComparison.Ordinal)).ToDictionary(l => l.Subject[kind.Length..], l => l.Limits, StringComparer.Ordinal);
    }

    [Function("GetRouteLimits")]
    public async Task<IActionResult> GetRoute([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "limits/routes/{route}")] HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        var route = await routes.ResolveAsync(request.Placeholder("route"), request.Caller(), "route", stop).ConfigureAwait(false);
        return await AnswerAsync(LimitStore.Route(route.Name), stop).ConfigureAwait(false);
    }

    [Function("PutRouteLimits")]
    public async Task<IActionResult> PutRoute([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "limits/routes/{route}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        return await PutRouteAsync(request, request.Placeholder("route"), body, null).ConfigureAwait(false);
    }

    /// <summary>A client's limits, for operators and the client itself.</summary>
    [Function("GetClientLimits")]
    public async Task<IActionResult> GetClient([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "limits/clients/{client}")] HttpRequest request)
    {
        var client = ClientOf(request);
        if (request.Caller().ClientId != client) request.Overseer();
        return await AnswerAsync(LimitStore.Client(client), request.HttpContext.RequestAborted).ConfigureAwait(false);
    }

    [Function("PutClientLimits")]
    public async Task<IActionResult> PutClient([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "limits/clients/{client}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var client = ClientOf(request);
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        RefuseOthers(body, null);
        var entries = LimitReader.Read(body, ofRoute: false);
        // A limit of nobody limits nobody: a slip in the id would go unnoticed. What was left behind can be taken away.
        if (entries.Count > 0 && !Caller.IsOfTheApp(client) && await clients.FindAsync(client, stop).ConfigureAwait(false) is null) throw GatewayException.NotFound("client_not_found", "There is no client of that id.", "client");
        return await ReplaceAsync(request, LimitStore.Client(client), entries).ConfigureAwait(false);
    }

    /// <summary>An upstream MCP server's limits, of calls and of calls under way: for operators, and readers.</summary>
    [Function("GetMcpServerLimits")]
    public async Task<IActionResult> GetMcpServer([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "limits/mcp-servers/{server}")] HttpRequest request)
    {
        request.Overseer();
        var stop = request.HttpContext.RequestAborted;
        var server = await servers.FindAsync(request.Placeholder("server"), stop).ConfigureAwait(false) ?? throw McpServerStore.Unknown("server");
        return await AnswerAsync(LimitStore.McpServer(server.Name), stop).ConfigureAwait(false);
    }

    [Function("PutMcpServerLimits")]
    public async Task<IActionResult> PutMcpServer([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "limits/mcp-servers/{server}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        RefuseOthers(body, null);
        var entries = LimitReader.Read(body, ofRoute: true);
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Tokens is not null || entries[i].Usd is not null) throw GatewayException.Invalid($"limits[{i}]", $"'limits[{i}]' of an MCP server must have calls or concurrency: a tool's tokens and cost are not known.");
        }

        var name = request.Placeholder("server");
        var isLeftover = McpServerName.IsValid(name) && await IsLeftoverAsync(LimitStore.McpServer(name), entries, request).ConfigureAwait(false);
        if (!isLeftover && await servers.FindAsync(name, stop).ConfigureAwait(false) is null) throw McpServerStore.Unknown("server");
        return await ReplaceAsync(request, LimitStore.McpServer(name), entries).ConfigureAwait(false);
    }

    private static string ClientOf(HttpRequest request) =>
        request.Placeholder("client") is { Length: > 0 and <= 64 } id && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? id
            : throw GatewayException.Invalid("client", "'client' must be a client's id.");

    private static void RefuseOthers(JsonElement body, string? besides)
    {
        foreach (var property in body.EnumerateObject())
        {
            if (property.Name == "limits" || property.Name == besides) continue;
            var shown = property.Name.Length > 64 ? property.Name[..64] : property.Name;
            throw GatewayException.Invalid(shown, $"'{shown}' is not a known field; known are: limits{(besides is null ? "" : $", {besides}")}.", "unknown_field");
        }
    }

    private async Task<IActionResult> PutRouteAsync(HttpRequest request, string name, JsonElement body, string? besides)
    {
        RefuseOthers(body, besides);
        var entries = LimitReader.Read(body, ofRoute: true);
        if (!RouteName.IsValid(name)) throw GatewayException.Invalid("route", "'route' must be a route's name: 1 to 64 letters, digits, '_', '-' or '.'.", "invalid_route_name");
        if (!await IsLeftoverAsync(LimitStore.Route(name), entries, request).ConfigureAwait(false)) await routes.GetAsync(name, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return await ReplaceAsync(request, LimitStore.Route(name), entries).ConfigureAwait(false);
    }

    /// <summary>Whether limits are taken away that there are, if only of what is gone: they are listed, so they can be removed.</summary>
    private async Task<bool> IsLeftoverAsync(string subject, IReadOnlyList<LimitEntry> entries, HttpRequest request) =>
        entries.Count == 0 && await limits.FindAsync(subject, request.HttpContext.RequestAborted).ConfigureAwait(false) is not null;

    private async Task<IActionResult> ReplaceAsync(HttpRequest request, string subject, IReadOnlyList<LimitEntry> entries)
    {
        var stop = request.HttpContext.RequestAborted;
        var before = (await limits.FindAsync(subject, stop).ConfigureAwait(false))?.Entries ?? [];
        await limits.ReplaceAsync(subject, entries, stop).ConfigureAwait(false);
        request.Changed($"limits/{subject}", new { limits = before }, new { limits = entries });
        return await AnswerAsync(subject, stop).ConfigureAwait(false);
    }

    private async Task<IActionResult> AnswerAsync(string subject, CancellationToken stop) =>
        new JsonAnswer(new { limits = (await limits.FindAsync(subject, stop).ConfigureAwait(false))?.Entries ?? [] });
}

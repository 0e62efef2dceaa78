using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Local.Loopback;

namespace Serverless.Local.SignalR;

/// <summary>The REST data plane, api-version 2022-06-01, and the listing of a group that came with 2024-12-01.</summary>
internal sealed partial class DataPlane(ClientRegistry clients, TokenValidator tokens, RequestFaults faults)
{
    private const string Root = "/api/hubs/";

    public async Task HandleAsync(HttpContext context)
    {
        // Not Request.Path: an escaped slash in a user's or group's name must not become a segment's end.
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var path = target.Split('?', 2)[0];
        await AuthorizeAsync(context.Request, path);
        if (faults.TakeRequest() is { } fault)
        {
            if (fault.RetryAfter is { } delay)
                context.Response.Headers.RetryAfter = ((int)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            throw new SignalRException(fault.Status, "Injected", "Injected fault.");
        }

        if (!path.StartsWith(Root, StringComparison.OrdinalIgnoreCase))
            throw new SignalRException(404, "NotFound", "The SignalR emulator knows /api/hubs/... and /api/health only.");
        string[] segments = [.. path[Root.Length..].TrimEnd('/').Split('/').Select(Uri.UnescapeDataString)];
        segments[0] = segments[0].ToLowerInvariant();
        if (!HubPattern().IsMatch(segments[0]))
            throw SignalRException.BadRequest("The hub's name is invalid: a letter, then up to 127 letters, digits or any of _`,.[] are permitted.");
        var status = await DispatchAsync(context, context.Request.Method, segments);
        if (!context.Response.HasStarted)
            context.Response.StatusCode = status;
    }

    private async Task AuthorizeAsync(HttpRequest request, string path)
    {
        var authorization = request.Headers.Authorization.ToString();
        var token = authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..] : null;
        var url = Uri.UnescapeDataString($"{request.Scheme}://{request.Host}{path}");

        // The documentation signs the URL without its query, the SDKs with it.
        await tokens.ValidateAsync(token, audience => string.Equals(Uri.UnescapeDataString(audience.Split('?', 2)[0]), url, StringComparison.OrdinalIgnoreCase));
    }

    private async Task<int> DispatchAsync(HttpContext context, string method, string[] segments)
    {
        switch (method, segments)
        {
            case ("POST", [var hub, ":send"]):
                return await SendAsync(context, clients.OfHub(hub));
            case ("POST", [var hub, "groups", var group, ":send"]):
                return await SendAsync(context, clients.OfGroup(hub, Checked(group)));
            case ("POST", [var hub, "users", var user, ":send"]):
                return await SendAsync(context, clients.OfUser(hub, user));
            case ("POST", [var hub, "connections", var id, ":send"]):
                return await SendAsync(context, clients.Find(hub, id) is { } connection ? [connection] : []);
            case ("POST", [var hub, ":closeConnections"]):
                return Close(context, clients.OfHub(hub));
            case ("POST", [var hub, "groups", var group, ":closeConnections"]):
                return Close(context, clients.OfGroup(hub, Checked(group)));
            case ("POST", [var hub, "users", var user, ":closeConnections"]):
                return Close(context, clients.OfUser(hub, user));
            case ("POST", [var hub, ":generateToken"]):
                return await GenerateTokenAsync(context, hub);
            case ("DELETE", [var hub, "connections", var id]):
                clients.Find(hub, id)?.Close(context.Request.Query["reason"]);
                return 200;
            case ("PUT", [var hub, "groups", var group, "connections", var id]):
                Existing(hub, id).Groups[Checked(group)] = DateTimeOffset.MaxValue;
                return 200;
            case ("DELETE", [var hub, "groups", var group, "connections", var id]):
                Existing(hub, id).Groups.TryRemove(Checked(group), out _);
                return 200;
            case ("DELETE", [var hub, "connections", var id, "groups"]):
                clients.Find(hub, id)?.Groups.Clear();
                return 200;
            case ("PUT", [var hub, "users", var user, "groups", var group]):
                clients.AddUser(hub, user, Checked(group), TimeToLive(context));
                return 200;
            case ("DELETE", [var hub, "users", var user, "groups", var group]):
                clients.RemoveUser(hub, user, Checked(group));
                return 204;
            case ("DELETE", [var hub, "users", var user, "groups"]):
                clients.RemoveUser(hub, user, null);
                return 204;
            case ("HEAD", [var hub, "connections", var id]):
                return clients.Find(hub, id) is null ? 404 : 200;
            case ("HEAD", [var hub, "groups", var group]):
                return clients.OfGroup(hub, Checked(group)).Any() ? 200 : 404;
            case ("GET", [var hub, "groups", var group, "connections"]):
                var members = clients.OfGroup(hub, Checked(group)).Select(connection => new { connectionId = connection.Id, userId = connection.UserId });
                await context.Response.WriteAsJsonAsync(new { value = members.ToList() }, context.RequestAborted);
                return 200;
            case ("HEAD", [var hub, "users", var user]):
                return clients.OfUser(hub, user).Any() ? 200 : 404;
            case ("HEAD", [var hub, "users", var user, "groups", var group]):
                return clients.IsInGroup(hub, user, Checked(group)) ? 200 : 404;
            default:
                throw new SignalRException(404, "NotFound", $"The data plane has no {method} on this path.");
        }
    }

    private static async Task<int> SendAsync(HttpContext context, IEnumerable<ClientConnection> receivers)
    {
        InvocationMessage message;
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object
                || !body.RootElement.TryGetProperty("target", out var target) || target.ValueKind != JsonValueKind.String || target.GetString()!.Length == 0
                || (body.RootElement.TryGetProperty("arguments", out var arguments) && arguments.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null)))
                throw SignalRException.BadRequest("The body must be {\"target\": \"method\", \"arguments\": [...]}.");
            message = new InvocationMessage(target.GetString()!, arguments.ValueKind == JsonValueKind.Array ? [.. arguments.EnumerateArray().Select(argument => (object?)argument.Clone())] : []);
        }
        catch (JsonException)
        {
            throw SignalRException.BadRequest("The body is not valid JSON.");
        }

        foreach (var receiver in NotExcluded(context, receivers))
            receiver.Send(message);
        return 202;
    }

    private static int Close(HttpContext context, IEnumerable<ClientConnection> connections)
    {
        foreach (var connection in NotExcluded(context, connections))
            connection.Close(context.Request.Query["reason"]);
        return 204;
    }

    private static IEnumerable<ClientConnection> NotExcluded(HttpContext context, IEnumerable<ClientConnection> connections)
    {
        var excluded = context.Request.Query["excluded"];
        return connections.Where(connection => !excluded.Contains(connection.Id));
    }

    private async Task<int> GenerateTokenAsync(HttpContext context, string hub)
    {
        var minutes = 60;
        if (context.Request.Query.TryGetValue("minutesToExpire", out var asked) && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out minutes) || minutes is < 1 or > 1440))
            throw SignalRException.BadRequest("The query parameter 'minutesToExpire' must be from 1 to 1440.");
        var user = context.Request.Query["userId"].ToString();
        var audience = $"{context.Request.Scheme}://{context.Request.Host}/client/?hub={Uri.EscapeDataString(hub)}";
        var token = tokens.SignClientToken(audience, user.Length == 0 ? null : user, TimeSpan.FromMinutes(minutes));
        await context.Response.WriteAsJsonAsync(new { token }, context.RequestAborted);
        return 200;
    }

    private static TimeSpan? TimeToLive(HttpContext context)
    {
        if (!context.Request.Query.TryGetValue("ttl", out var asked))
            return null;
        return int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw SignalRException.BadRequest("The query parameter 'ttl' must be a number of seconds, 0 or more.");
    }

    private static string Checked(string group) =>
        group.Length is > 0 and <= 1024 && !string.IsNullOrWhiteSpace(group) ? group : throw SignalRException.BadRequest("The group's name must have 1 to 1024 characters, not all blank.");

    private ClientConnection Existing(string hub, string id) =>
        clients.Find(hub, id) ?? throw new SignalRException(404, "Error.Connection.NotExisted", "There is no such connection.");

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}$")]
    private static partial Regex HubPattern();
}

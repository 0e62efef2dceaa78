using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Core;

namespace Serverless.Contracts.SignalR;

/// <summary>The SignalR Service's REST data plane (api-version 2022-06-01), for a service in serverless mode. Thread-safe.</summary>
public sealed class SignalRServiceClient
{
    private const string ApiVersion = "2022-06-01";

    // The first that lists who is in a group.
    private const string ListingApiVersion = "2024-12-01";
    private const int MaxBodyBytes = 1024 * 1024;

    private readonly HttpClient _http;
    private readonly SignalRTokens _tokens;
    private readonly string _root;

    /// <param name="http">Its owner disposes of it.</param>
    /// <param name="credential">Needed, and used, only where the connection string says AuthType=azure.msi.</param>
    public SignalRServiceClient(HttpClient http, SignalRConnectionString connection, TimeProvider time, TokenCredential? credential = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(connection);
        _http = http;
        _tokens = new SignalRTokens(connection, credential, time);
        _root = connection.Endpoint.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Where a client of this user connects, and the token that lets it.</summary>
    /// <param name="lifetime">Of the token, 1 minute to 24 hours.</param>
    /// <exception cref="SignalRRequestException">With a managed identity: the service did not make a token.</exception>
    public async Task<SignalRClientAccess> CreateClientAccessAsync(string hub, string userId, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hub);
        ArgumentException.ThrowIfNullOrWhiteSpace(userId);
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.FromMinutes(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, TimeSpan.FromDays(1));
        var url = $"{_root}/client/?hub={Escape(hub.ToLowerInvariant())}";
        if (_tokens.CanSign)
            return new SignalRClientAccess(url, _tokens.ForClient(url, userId, lifetime));
        var minutes = ((int)lifetime.TotalMinutes).ToString(CultureInfo.InvariantCulture);
        using var response = await SendAsync(HttpMethod.Post, Hub(hub) + "/:generateToken", $"&userId={Escape(userId)}&minutesToExpire={minutes}", null, "create a client token", cancellationToken);
        return new SignalRClientAccess(url, await ReadTokenAsync(response, cancellationToken));
    }

    /// <summary>Sends one object to every connection of a user; none is no error.</summary>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public Task SendToUserAsync(string hub, string userId, string target, object argument, CancellationToken cancellationToken) =>
        SendMessageAsync($"{Hub(hub)}/users/{Escape(userId)}", target, argument, cancellationToken);

    /// <summary>Sends one object to one connection; a connection that has gone is no error.</summary>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public Task SendToConnectionAsync(string hub, string connectionId, string target, object argument, CancellationToken cancellationToken) =>
        SendMessageAsync($"{Hub(hub)}/connections/{Escape(connectionId)}", target, argument, cancellationToken);

    /// <summary>Sends one object to every connection in a group.</summary>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public Task SendToGroupAsync(string hub, string group, string target, object argument, CancellationToken cancellationToken) =>
        SendMessageAsync($"{Hub(hub)}/groups/{Escape(group)}", target, argument, cancellationToken);

    /// <summary>Puts a user into a group, with the connections that it has and gets.</summary>
    /// <param name="lifetime">Of the membership, in whole seconds from 1; asked again, it begins anew.</param>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public async Task AddUserToGroupAsync(string hub, string userId, string group, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.FromSeconds(1));
        var seconds = ((int)lifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        using var response = await SendAsync(HttpMethod.Put, $"{Hub(hub)}/users/{Escape(userId)}/groups/{Escape(group)}", $"&ttl={seconds}", null, "add a user to a group", cancellationToken);
    }

    /// <summary>Closes a connection; the client is told the reason.</summary>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public async Task CloseConnectionAsync(string hub, string connectionId, string? reason, CancellationToken cancellationToken)
    {
        var query = reason is null ? "" : $"&reason={Escape(reason)}";
        using var response = await SendAsync(HttpMethod.Delete, $"{Hub(hub)}/connections/{Escape(connectionId)}", query, null, "close a connection", cancellationToken);
    }

    /// <summary>Whether a user has a connection.</summary>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public async Task<bool> UserExistsAsync(string hub, string userId, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(HttpMethod.Head, $"{Hub(hub)}/users/{Escape(userId)}", "", null, "look for a user", cancellationToken);
            return true;
        }
        catch (SignalRRequestException missing) when (missing.Status == System.Net.HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>
    /// The user whom a connection belongs to. The service has no call for it: the connection is put into a group of its own for a moment, and the group
    /// listed, which names each member's user (api-version 2024-12-01).
    /// </summary>
    /// <returns>Null when there is no such connection, or it has no user.</returns>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public async Task<string?> FindUserAsync(string hub, string connectionId, CancellationToken cancellationToken)
    {
        var group = $"{Hub(hub)}/groups/owner-{Guid.NewGuid():N}";
        var membership = $"{group}/connections/{Escape(connectionId)}";
        try
        {
            using var joined = await SendAsync(HttpMethod.Put, membership, "", null, "look up a connection", cancellationToken);
        }
        catch (SignalRRequestException missing) when (missing.Status == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }

        try
        {
            using var response = await SendAsync(HttpMethod.Get, $"{group}/connections", "", null, "look up a connection", cancellationToken, ListingApiVersion);
            return await ReadUserAsync(response, connectionId, cancellationToken);
        }
        finally
        {
            await LeaveAsync(membership);
        }
    }

    private static async Task<string?> ReadUserAsync(HttpResponseMessage response, string connectionId, CancellationToken cancellationToken)
    {
        try
        {
            var members = (await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))?["value"]?.AsArray() ?? [];
            return members.FirstOrDefault(member => (string?)member?["connectionId"] == connectionId)?["userId"]?.GetValue<string>();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new SignalRRequestException("SignalR listed no group's connections: its answer has no 'value' that can be read.", response.StatusCode, null, malformed);
        }
    }

    /// <summary>A group that a connection stays in costs the service a name until the connection ends; nothing is sent to it.</summary>
    private async Task LeaveAsync(string membership)
    {
        try
        {
            using var left = await SendAsync(HttpMethod.Delete, membership, "", null, "look up a connection", CancellationToken.None);
        }
        catch (SignalRRequestException)
        {
        }
    }

    private static async Task<string> ReadTokenAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        Exception? unreadable = null;
        try
        {
            var body = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
            if (body?["token"]?.GetValue<string>() is { Length: > 0 } token)
                return token;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            unreadable = malformed;
        }

        throw new SignalRRequestException("SignalR made no client token: its answer has no 'token'.", response.StatusCode, null, unreadable);
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private string Hub(string hub) => $"{_root}/api/hubs/{Escape(hub.ToLowerInvariant())}";

    private async Task SendMessageAsync(string receiver, string target, object argument, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new SignalRMessage(target, [argument]), WireJson.Options);
        if (body.Length > MaxBodyBytes)
            throw new ArgumentException($"The message has {body.Length} bytes; {MaxBodyBytes} are permitted.", nameof(argument));
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await SendAsync(HttpMethod.Post, receiver + "/:send", "", content, "send a message", cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, string query, HttpContent? content, string purpose, CancellationToken cancellationToken, string version = ApiVersion)
    {
        using var request = new HttpRequestMessage(method, $"{url}?api-version={version}{query}") { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _tokens.ForRequestAsync(url, cancellationToken));
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, cancellationToken);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException || (unreachable is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new SignalRRequestException($"SignalR could not be reached to {purpose}.", null, null, unreachable);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw new SignalRRequestException($"SignalR answered {(int)response.StatusCode} when asked to {purpose}.", response.StatusCode, response.Headers.RetryAfter?.Delta);
    }

    private sealed record SignalRMessage(string Target, object[] Arguments);
}

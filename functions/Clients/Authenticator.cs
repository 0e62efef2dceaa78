using System.Net;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>Finds out who a request is from: <c>Authorization: Bearer KEY</c>, <c>x-api-key: KEY</c> or Azure's <c>api-key: KEY</c>, with a key or, where it is set up, a token of Microsoft Entra ID.</summary>
public sealed class Authenticator(GatewayOptions options, ClientStore clients, OperatorKey operatorKey, EntraAuthenticator entra, TimeProvider time)
{
    private static readonly Caller Anonymous = new("anonymous", ["*"], IsOperator: true);

    /// <summary>What proxies, tunnels and content networks write about whom they forward; also what begins with one of <see cref="ForwardingPrefixes"/>.</summary>
    private static readonly HashSet<string> Forwarding = new(StringComparer.OrdinalIgnoreCase)
    {
        "Forwarded", "Forwarded-For", "Via", "Client-IP", "True-Client-IP", "Fastly-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Real-IP", "X-Remote-IP", "X-Remote-Addr",
        "X-Originating-IP", "X-ProxyUser-Ip", "WL-Proxy-Client-IP", "X-Envoy-External-Address", "X-Appengine-User-IP", "CDN-Loop", "X-Host", "X-Scheme", "X-HTTP-Host-Override", "X-Backend-Host", "X-Rewrite-URL",
    };

    /// <summary>Headers that hold a key as it is: Anthropic's clients' and Azure OpenAI's.</summary>
    private static readonly string[] KeyHeaders = ["x-api-key", "api-key"];

    private static readonly string[] ForwardingPrefixes = ["X-Forwarded", "X-Original-", "X-Azure-", "X-ARR-", "X-Tunnel-", "CF-", "Tailscale-", "Ngrok-"];

    // Compared with when there is no such client, so that finding one takes no longer.
    private static readonly ClientRecord Nobody = new() { Id = "", Name = "", KeyHash = ClientKey.Hash("nobody") };

    /// <param name="why">What whoever has the key may know of it; null for a key that nobody has.</param>
    internal static GatewayException Refused(string? why = null) => new(
        StatusCodes.Status401Unauthorized,
        new ErrorDetail("invalid_api_key", why ?? "A valid API key or token is required, as 'Authorization: Bearer KEY', 'x-api-key: KEY' or 'api-key: KEY'.", "authentication_error"));

    /// <exception cref="GatewayException">401 when the key is wrong, or missing where one is needed.</exception>
    public async ValueTask<Caller> AuthenticateAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (KeyOf(request) is not { } key) return AnonymousOf(request) ?? throw Refused();
        if (entra.Takes(key)) return await entra.AuthenticateAsync(key, cancellationToken).ConfigureAwait(false);
        if (key.Length is 0 or > 512) throw Refused();
        var client = ClientKey.IdOf(key) is { } id ? await clients.FindAsync(id, cancellationToken).ConfigureAwait(false) : null;
        var now = time.GetUtcNow();
        if ((client ?? Nobody).Takes(key, now) && client is not null) return client.ToCaller();
        var caller = await operatorKey.AuthenticateAsync(key, cancellationToken).ConfigureAwait(false);
        // SDKs insist on sending a key, so any is as good as none where none is asked for. One of ours is not any: whoever sends a key that was
        // rotated, deleted or forged must not become an operator by that.
        return caller ?? (ClientKey.IsOurs(key) ? null : AnonymousOf(request)) ?? throw Refused(client?.WhyNot(key, now));
    }

    private Caller? AnonymousOf(HttpRequest request) => options.AnonymousAccess == AnonymousAccess.Operator && IsFromThisMachine(request) ? Anonymous : null;

    /// <summary>The key that a request carries; null without any, empty when there is no telling: none after its scheme, another scheme, two that differ.</summary>
    internal static string? KeyOf(HttpRequest request)
    {
        var key = BearerOf(request);
        foreach (var name in KeyHeaders)
        {
            if (!request.Headers.TryGetValue(name, out var header)) continue;
            var given = header.Count == 1 ? header[0] ?? "" : "";
            if (key is not null && key != given) return "";
            key = given;
        }

        return key;
    }

    private static string? BearerOf(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        if (!request.Headers.TryGetValue("Authorization", out var authorization)) return null;
        return authorization is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim() : "";
    }

    /// <summary>
    /// A page from elsewhere, opened in a browser on this machine, can send requests here too. It cannot hide where it comes from:
    /// the browser sends Origin or Sec-Fetch-Site, and a name rebound to this address stands in Host. What a proxy on this machine forwards comes from
    /// anywhere, which it says in its headers, as Azure's front end does.
    /// </summary>
    private static bool IsFromThisMachine(HttpRequest request)
    {
        if (request.HttpContext.Connection.RemoteIpAddress is { } remote && !IPAddress.IsLoopback(remote)) return false;
        if (!IsLoopbackName(request.Host.Host) || request.Headers.Keys.Any(TellsOfForwarding)) return false;
        if (string.Equals(request.Headers["Sec-Fetch-Site"], "cross-site", StringComparison.OrdinalIgnoreCase)) return false;
        return request.Headers.Origin.All(origin => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLoopbackName(uri.Host));
    }

    private static bool TellsOfForwarding(string header) =>
        Forwarding.Contains(header) || Array.Exists(ForwardingPrefixes, prefix => header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static bool IsLoopbackName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}

using System.Net;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp;

/// <summary>
/// Whether the page that a browser sends a request from may: the app's own, those of <c>Gateway:CorsOrigins</c>, and pages of this machine where the app is asked by a name of this machine. A name that is
/// rebound to the app's address looks like its own here; it has no key, and is not let in without one (<see cref="Clients.Authenticator"/>).
/// </summary>
public sealed class McpOrigin(CrossOrigin pages, PublicAddress address)
{
    public bool Permits(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers.Origin.All(origin => origin is { Length: > 0 } && Permits(origin, request));
    }

    private bool Permits(string origin, HttpRequest request) =>
        pages.Permits(origin)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is "http" or "https" && (address.IsOwn(page, request) || (IsOfThisMachine(page.Host) && IsOfThisMachine(request.Host.Host))));

    private static bool IsOfThisMachine(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}

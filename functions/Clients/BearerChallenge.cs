using Microsoft.AspNetCore.Http;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>
/// The <c>WWW-Authenticate</c> of a 401. Where people can sign in, the MCP endpoint tells where its metadata stand that say how (RFC 9728, 5.1); other paths
/// are asked by programs that were given a key.
/// </summary>
public sealed class BearerChallenge(EntraOptions entra, PublicAddress address)
{
    /// <summary>The endpoint that has metadata.</summary>
    public const string Resource = "/mcp";

    /// <summary>Where the metadata of a resource stand: this before its path (RFC 9728, 3.1).</summary>
    public const string WellKnown = "/.well-known/oauth-protected-resource";

    public string For(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var isResource = string.Equals(request.Path.Value?.TrimEnd('/'), Resource, StringComparison.OrdinalIgnoreCase);
        return entra.IsOn && isResource ? $"Bearer resource_metadata=\"{address.Of(request)}{WellKnown}{Resource}\"" : "Bearer";
    }
}

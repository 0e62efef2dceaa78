using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp;

/// <summary>Tells MCP clients at which sign-in address they get a token for <c>/mcp</c> (RFC 9728); there is none where only keys are taken.</summary>
public sealed class McpMetadataFunction(EntraOptions entra, PublicAddress address)
{
    [Function("McpMetadata")]
    public IActionResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ".well-known/oauth-protected-resource/{*resource}")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!entra.IsOn || request.Placeholder("resource").TrimEnd('/') is not ("" or "mcp")) return WrongPathFunction.NotThere(request);
        return new JsonAnswer(new ResourceMetadata(
            address.Of(request) + BearerChallenge.Resource,
            [$"{entra.Authority}/v2.0"],
            [.. entra.Audiences.Select(audience => $"{audience}/.default")]));
    }
}

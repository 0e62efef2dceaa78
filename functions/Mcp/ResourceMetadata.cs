namespace Serverless.Functions.Mcp;

/// <summary>Metadata of a protected resource: RFC 9728, 2.</summary>
/// <param name="Resource">The endpoint's URL.</param>
/// <param name="AuthorizationServers">Issuers whose tokens it takes.</param>
/// <param name="ScopesSupported">What a token is to be asked for.</param>
public sealed record ResourceMetadata(string Resource, IReadOnlyList<string> AuthorizationServers, IReadOnlyList<string> ScopesSupported)
{
    /// <summary>How a token is sent: in the <c>Authorization</c> header only.</summary>
    public IReadOnlyList<string> BearerMethodsSupported { get; } = ["header"];

    public string ResourceName { get; } = McpEndpoint.Title;
}

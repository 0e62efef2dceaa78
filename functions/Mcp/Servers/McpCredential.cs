using Serverless.Functions.Secrets;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Which secret a server is shown, and how. It was given for the server's address, and goes to no other.</summary>
/// <param name="Header">The header that carries it.</param>
/// <param name="Scheme">What stands before it there; null for nothing.</param>
public sealed record McpCredential(string Header, string? Scheme, SecretReference Secret)
{
    public override string ToString() => Header;
}

using Serverless.Functions.Secrets;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>A credential as a request tells it.</summary>
/// <param name="Value">Null where the stored one is to stay.</param>
public sealed record McpCredentialDraft(string Header, string? Scheme, SecretText? Value)
{
    public override string ToString() => Header;
}

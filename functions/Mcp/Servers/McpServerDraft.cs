namespace Serverless.Functions.Mcp.Servers;

/// <summary>A server as a request tells it.</summary>
/// <param name="Server">Without its credential and what is approved.</param>
/// <param name="ApproveAll">Whether the tools that it has now are approved.</param>
public sealed record McpServerDraft(McpServerDocument Server, McpCredentialDraft? Credential, bool ApproveAll)
{
    public override string ToString() => Server.Name;
}

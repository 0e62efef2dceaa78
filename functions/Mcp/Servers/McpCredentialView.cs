namespace Serverless.Functions.Mcp.Servers;

/// <summary>That a server is shown a key, and where.</summary>
/// <param name="Type"><c>bearer</c> or <c>header</c>.</param>
public sealed record McpCredentialView(string Type, string Header);

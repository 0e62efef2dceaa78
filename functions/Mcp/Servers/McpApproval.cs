namespace Serverless.Functions.Mcp.Servers;

/// <summary>Whether a server's tools are offered as they come.</summary>
public enum McpApproval
{
    /// <summary>Only those that an operator has approved, as long as they are what was approved.</summary>
    Pinned,

    /// <summary>All that the server has.</summary>
    None,
}

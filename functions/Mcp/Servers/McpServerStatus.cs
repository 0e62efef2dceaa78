using Serverless.Contracts;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>What came of asking a server for its tools.</summary>
/// <param name="State"><c>ok</c> or <c>failed</c>.</param>
/// <param name="ProtocolVersion">As agreed upon with it.</param>
/// <param name="Error">Why it gave none.</param>
public sealed record McpServerStatus(string State, DateTimeOffset At, string? ProtocolVersion, ErrorDetail? Error)
{
    public static McpServerStatus Of(ListedTools listed)
    {
        ArgumentNullException.ThrowIfNull(listed);
        return new McpServerStatus(listed.Failure is null ? "ok" : "failed", listed.At, listed.ProtocolVersion, listed.Failure?.Error);
    }
}

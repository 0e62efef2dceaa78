using ModelContextProtocol.Protocol;

namespace Serverless.Functions.Mcp;

/// <summary>A tool of the MCP endpoint, for one caller.</summary>
public interface IMcpTool
{
    /// <summary>What telemetry calls it: one of a closed set.</summary>
    string Kind { get; }

    /// <summary>As <c>tools/list</c> shows it.</summary>
    Tool Describe();

    /// <exception cref="Dispatch.GatewayException">The call is refused or failed; the caller is told by the result.</exception>
    Task<CallToolResult> CallAsync(ToolCallContext call);
}

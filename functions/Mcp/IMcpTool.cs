using ModelContextProtocol.Protocol;
using Serverless.Functions.Clients;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp;

/// <summary>A tool of the MCP endpoint.</summary>
public interface IMcpTool
{
    /// <summary>What telemetry calls it: one of a closed set.</summary>
    string Kind { get; }

    /// <summary>As <c>tools/list</c> shows it to a caller; null where that has no use for it.</summary>
    /// <param name="routes">As they are for the whole list.</param>
    Task<Tool?> DescribeAsync(Caller caller, RouteListing routes, CancellationToken cancellationToken);

    /// <exception cref="Dispatch.GatewayException">The call is refused or failed; the caller is told by the result.</exception>
    Task<CallToolResult> CallAsync(ToolCallContext call);
}

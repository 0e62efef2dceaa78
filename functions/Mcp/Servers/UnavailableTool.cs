using ModelContextProtocol.Protocol;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>A tool whose server does not say what it has.</summary>
internal sealed class UnavailableTool(GatewayException failure) : IMcpTool
{
    public string Kind => "upstream";

    public Task<Tool?> DescribeAsync(Caller caller, RouteListing routes, CancellationToken cancellationToken) => Task.FromResult<Tool?>(null);

    public Task<CallToolResult> CallAsync(ToolCallContext call) => Task.FromException<CallToolResult>(failure);
}

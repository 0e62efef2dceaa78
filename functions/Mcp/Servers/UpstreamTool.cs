using System.Text.Json;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Clients;
using Serverless.Functions.Guards;
using Serverless.Functions.Limits;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>A tool of an upstream server, within the caller's rights and limits and the server's guards.</summary>
internal sealed class UpstreamTool(McpServerDocument server, ReviewedTool tool, McpUpstreams upstreams, ToolGuards guards, Admission admission) : IMcpTool
{
    public string Kind => "upstream";

    public Task<Tool?> DescribeAsync(Caller caller, RouteListing routes, CancellationToken cancellationToken) => Task.FromResult<Tool?>(tool.Definition.Offered(tool.ExposedName));

    public async Task<CallToolResult> CallAsync(ToolCallContext call)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var admitted = await admission.EnterToolAsync(server.Name, call.Caller, call.Stop).ConfigureAwait(false);
        var arguments = await guards.ArgumentsAsync(server.Guards, call.Arguments, call.Stop).ConfigureAwait(false);
        var progress = call.Progress is { } tell ? new ToolProgress(tell, server.Guards is not { Output.Count: > 0 }, call.Stop) : null;
        CallToolResult result;
        try
        {
            result = await upstreams.CallAsync(server, tool.Definition, arguments, call.Caller, progress, call.Stop).ConfigureAwait(false);
        }
        finally
        {
            progress?.End();
            admitted.End();
        }

        return await guards.ResultAsync(server.Guards, Passed(result), call.Stop).ConfigureAwait(false);
    }

    /// <summary>What a caller gets of a result: its content, and not what the server says to clients beside it.</summary>
    private static CallToolResult Passed(CallToolResult result)
    {
        foreach (var block in result.Content)
        {
            // The SDK's server cannot write annotations and icons of blocks (2.4.0).
            (block.Meta, block.Annotations) = (null, null);
            if (block is ResourceLinkBlock link) link.Icons = null;
        }

        return new CallToolResult
        {
            Content = result.Content,
            IsError = result.IsError,
            // Clients of older versions take an object or nothing.
            StructuredContent = result.StructuredContent is { ValueKind: JsonValueKind.Object } structured ? structured : null,
        };
    }
}

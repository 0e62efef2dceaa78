using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Guards;
using Serverless.Functions.Limits;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>The tools of upstream servers that a caller may use, and no others.</summary>
public sealed class UsableTools(McpServerStore servers, UpstreamTools tools, McpUpstreams upstreams, ToolGuards guards, Admission admission)
{
    /// <summary>In the order of their names from the first one behind <paramref name="after"/> on. Servers are asked at the same time; one that does not answer soon is there with what is known of it.</summary>
    /// <param name="after">A tool's name; null for all.</param>
    public async Task<IReadOnlyList<(string Name, IMcpTool Tool)>> ListAsync(Caller caller, string? after, CancellationToken cancellationToken)
    {
        var usable = (await servers.ListAsync(cancellationToken).ConfigureAwait(false)).Where(server => server.Enabled && server.IsFor(caller)).ToList();
        var offered = await Task.WhenAll(usable.Select(server => OfferedAsync(server, caller, cancellationToken))).ConfigureAwait(false);
        return [.. offered.SelectMany(some => some).Where(tool => after is null || string.CompareOrdinal(tool.Name, after) > 0).OrderBy(tool => tool.Name, StringComparer.Ordinal)];
    }

    /// <returns>Null where there is none of that name for the caller. One whose server cannot be asked whether it is still what was approved fails when it is called.</returns>
    public async Task<IMcpTool?> FindAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (McpServerName.ServerOf(name) is not { } of) return null;
        var server = (await servers.ListAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(server => server.Name == of);
        if (server is not { Enabled: true } || !server.IsFor(caller) || !caller.MayUseMcpTool(server.Name, name)) return null;
        // What nobody has approved is not there, whether its server answers or not.
        if (!ToolReview.Of(server, null).Any(tool => tool.ExposedName == name && tool.IsOffered) && server.Approval == McpApproval.Pinned) return null;
        IReadOnlyList<ToolDefinition> there;
        try
        {
            there = await tools.TrustedAsync(server, cancellationToken).ConfigureAwait(false);
        }
        catch (GatewayException failure)
        {
            return new UnavailableTool(failure);
        }

        return ToolReview.Of(server, there).FirstOrDefault(tool => tool.ExposedName == name && tool.IsOffered) is { } found ? ToolOf(server, found) : null;
    }

    /// <summary>The tools of one server that the caller may use.</summary>
    public async Task<IReadOnlyList<ReviewedTool>> OfAsync(McpServerDocument server, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(caller);
        var there = await tools.SoonAsync(server, cancellationToken).ConfigureAwait(false);
        return [.. ToolReview.Of(server, there).Where(tool => tool.IsOffered && caller.MayUseMcpTool(server.Name, tool.ExposedName))];
    }

    private async Task<IEnumerable<(string Name, IMcpTool Tool)>> OfferedAsync(McpServerDocument server, Caller caller, CancellationToken cancellationToken)
    {
        return (await OfAsync(server, caller, cancellationToken).ConfigureAwait(false)).Select(tool => (tool.ExposedName, ToolOf(server, tool)));
    }

    private IMcpTool ToolOf(McpServerDocument server, ReviewedTool tool) => new UpstreamTool(server, tool, upstreams, guards, admission);
}

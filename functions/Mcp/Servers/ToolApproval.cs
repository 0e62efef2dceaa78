using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>What of a server's tools is approved after an operator's word.</summary>
internal static class ToolApproval
{
    /// <summary>Bytes of all definitions of a server.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <param name="current">What the server has now.</param>
    /// <exception cref="GatewayException">404: it has no such tool; 409: that is another by now than was looked at; 400: it cannot be approved, or all together are too large.</exception>
    public static McpServerDocument Apply(McpServerDocument server, McpApprovalRequest request, IReadOnlyList<ToolDefinition> current, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(request);
        var approved = server.Approved.DistinctBy(Name).ToDictionary(Name, StringComparer.Ordinal);
        foreach (var name in request.Revoked) approved.Remove(name);
        foreach (var tool in request.All ? All(server, current, approved) : Some(request, current)) approved[tool.Name] = new ApprovedTool(tool.Json, tool.Hash, approved.GetValueOrDefault(tool.Name) is { } before && before.Hash == tool.Hash ? before.At : now);
        var bytes = approved.Values.Sum(tool => (long)ToolDefinition.Of(tool.Definition).Bytes);
        if (bytes > MaxBytes || approved.Count > McpUpstreams.MaxTools)
            throw GatewayException.Invalid("tools", $"'tools': at most {McpUpstreams.MaxTools} tools of {MaxBytes} bytes together can be approved, and these are {approved.Count} of {bytes}; 'allowed_tools' leaves some out.", "too_many_tools");
        return server with { Approved = [.. approved.Values.OrderBy(Name, StringComparer.Ordinal)] };
    }

    private static string Name(ApprovedTool tool) => tool.Definition.GetProperty("name").GetString() ?? "";

    private static List<ToolDefinition> All(McpServerDocument server, IReadOnlyList<ToolDefinition> current, Dictionary<string, ApprovedTool> approved)
    {
        var reviewed = ToolReview.Of(server, current);
        foreach (var gone in reviewed.Where(tool => tool.State == ToolState.Gone)) approved.Remove(gone.Definition.Name);
        return [.. reviewed.Where(tool => tool.Current is not null && tool.State is ToolState.New or ToolState.Changed or ToolState.Approved or ToolState.Unpinned).Select(tool => tool.Current!)];
    }

    private static IEnumerable<ToolDefinition> Some(McpApprovalRequest request, IReadOnlyList<ToolDefinition> current)
    {
        for (var i = 0; i < request.Tools.Count; i++)
        {
            var (name, hash) = request.Tools[i];
            var field = $"tools[{i}]";
            var tool = current.FirstOrDefault(tool => tool.Name == name) ?? throw GatewayException.NotFound("mcp_tool_not_found", $"'{field}.name' is none of a tool that the server has now.", $"{field}.name");
            if (tool.Hash != hash)
            {
                throw new GatewayException(
                    StatusCodes.Status409Conflict, new ErrorDetail("mcp_tool_changed", $"'{field}.hash' is not that of the tool as the server has it now: look at it again.", "invalid_request_error", $"{field}.hash"));
            }

            if (tool.IsTooLarge) throw GatewayException.Invalid(field, $"'{field}' cannot be approved: a definition has at most {ToolDefinition.MaxBytes} bytes and {ToolDefinition.MaxDepth} levels.", "schema_too_large");
            if (tool.Hidden.Count > 0) throw GatewayException.Invalid(field, $"'{field}' cannot be approved: it holds characters that nobody sees ({string.Join(", ", tool.Hidden)}).", "hidden_characters");
            yield return tool;
        }
    }
}

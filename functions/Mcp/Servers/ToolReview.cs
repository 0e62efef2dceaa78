using System.Runtime.CompilerServices;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Holds the tools that a server has against what its operator wants and has approved.</summary>
internal static class ToolReview
{
    // Read for every call and every list.
    private static readonly ConditionalWeakTable<McpServerDocument, Dictionary<string, ToolDefinition>> Approved = [];

    /// <param name="current">What the server has, of each name the first; null where that is not known, and what is approved stands.</param>
    /// <returns>All of them and those that are gone, in the order of their names.</returns>
    public static IReadOnlyList<ReviewedTool> Of(McpServerDocument server, IReadOnlyList<ToolDefinition>? current)
    {
        ArgumentNullException.ThrowIfNull(server);
        var approved = Approved.GetValue(server, static of => of.Approved.Select(tool => ToolDefinition.Of(tool.Definition)).DistinctBy(tool => tool.Name).ToDictionary(tool => tool.Name, StringComparer.Ordinal));
        var there = (current ?? []).DistinctBy(tool => tool.Name).ToDictionary(tool => tool.Name, StringComparer.Ordinal);
        return
        [
            .. approved.Keys.Union(there.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name =>
            {
                var (now, before) = (there.GetValueOrDefault(name), approved.GetValueOrDefault(name));
                return new ReviewedTool(McpServerName.ToolOf(server.Name, name), now, before, StateOf(server, now, before, current is not null));
            }).DistinctBy(tool => tool.ExposedName),
        ];
    }

    private static ToolState StateOf(McpServerDocument server, ToolDefinition? current, ToolDefinition? approved, bool isKnown)
    {
        if (!ToolFilter.Permits((current ?? approved)!.Name, server.AllowedTools, server.DeniedTools)) return ToolState.Denied;
        if (current is null) return isKnown ? ToolState.Gone : server.Approval == McpApproval.Pinned ? ToolState.Approved : ToolState.Unpinned;
        if (current.IsTooLarge) return ToolState.TooLarge;
        if (current.Hidden.Count > 0) return ToolState.HiddenCharacters;
        if (server.Approval == McpApproval.None) return ToolState.Unpinned;
        return approved is null ? ToolState.New : approved.Hash == current.Hash ? ToolState.Approved : ToolState.Changed;
    }
}

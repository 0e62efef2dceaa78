using System.Text.Json;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>A tool of an upstream server as it is shown.</summary>
/// <param name="Name">What callers call it.</param>
/// <param name="Tool">Its name at the server.</param>
/// <param name="Hash">Of the definition as the server has it: what is approved by it.</param>
/// <param name="Changed">Members that differ from what was approved.</param>
/// <param name="Hidden">Characters in it that nobody sees.</param>
/// <param name="Definition">As the server has it.</param>
/// <param name="ApprovedDefinition">As it was approved, where that is another.</param>
public sealed record McpToolView(
    string Name, string Tool, ToolState State, string? Hash, IReadOnlyList<string>? Changed, IReadOnlyList<string>? Hidden, JsonElement? Definition, JsonElement? ApprovedDefinition)
{
    public static McpToolView Of(ReviewedTool tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        var (current, approved) = (tool.Current, tool.Approved);
        var isOther = current is not null && approved is not null && current.Hash != approved.Hash;
        return new McpToolView(
            tool.ExposedName,
            tool.Definition.Name,
            tool.State,
            current?.Hash,
            isOther ? current!.DifferencesFrom(approved!) : null,
            current is { Hidden.Count: > 0 } ? current.Hidden : null,
            // One that is too large to be told to a model is too large to be shown.
            current is { IsTooLarge: false } ? current.Json : null,
            isOther || current is null ? approved?.Json : null);
    }

    public override string ToString() => $"{Name}: {State}";
}

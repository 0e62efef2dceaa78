using System.Text.Json;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>A definition as an operator approved it.</summary>
/// <param name="Definition">As <see cref="ToolDefinition.Json"/>.</param>
public sealed record ApprovedTool(JsonElement Definition, string Hash, DateTimeOffset At)
{
    public override string ToString() => Hash;
}

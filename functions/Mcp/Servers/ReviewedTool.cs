namespace Serverless.Functions.Mcp.Servers;

/// <summary>A tool of an upstream server, and whether it is offered.</summary>
/// <param name="ExposedName">What callers call it.</param>
/// <param name="Current">As the server has it; null where it has it no more, or where that is not known.</param>
/// <param name="Approved">As it was approved; null where it was not.</param>
public sealed record ReviewedTool(string ExposedName, ToolDefinition? Current, ToolDefinition? Approved, ToolState State)
{
    public bool IsOffered => State is ToolState.Approved or ToolState.Unpinned;

    /// <summary>The definition that is shown and called.</summary>
    public ToolDefinition Definition => (Current ?? Approved)!;

    public override string ToString() => $"{ExposedName}: {State}";
}

namespace Serverless.Contracts.OpenAI;

/// <summary>A call of a tool that the model asks for.</summary>
/// <param name="Type"><c>function</c>.</param>
public sealed record ToolCall(string Id, string Type, ToolFunction Function)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ToolCall);
}

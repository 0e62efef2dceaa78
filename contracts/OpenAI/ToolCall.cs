using System.Text.Json;

namespace Serverless.Contracts.OpenAI;

/// <summary>A call of a tool that the model asks for.</summary>
/// <param name="Type"><c>function</c>.</param>
public sealed record ToolCall(string Id, string Type, ToolFunction Function)
{
    /// <summary>What the service that made the call wants to see again with it, as Google's compatible endpoint has it: <c>{google: {thought_signature}}</c>. Null for nothing.</summary>
    public JsonElement? ExtraContent { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ToolCall);
}

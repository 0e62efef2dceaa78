using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>A call of a tool that the model asks for.</summary>
/// <param name="Type"><c>function</c>, or <c>custom</c> for a tool that takes any text.</param>
/// <param name="Function">Name and arguments; of a custom tool its name and its input.</param>
public sealed record ToolCall(string Id, string Type, ToolFunction Function)
{
    /// <summary>What the service that made the call wants to see again with it, as Google's compatible endpoint has it: <c>{google: {thought_signature}}</c>. Null for nothing.</summary>
    public JsonElement? ExtraContent { get; init; }

    /// <summary>Whether the tool is a custom one, whose call is written with <c>custom: {name, input}</c> in place of <c>function</c>.</summary>
    [JsonIgnore]
    public bool IsCustom => Type == "custom";

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ToolCall);
}

using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>The message of a chat's answer. What OpenAI's description requires is written even where it is null: clients with types of their own read nothing else.</summary>
/// <param name="Content">Null where it only calls tools, or refuses.</param>
public sealed record AnsweredMessage([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content)
{
    public string Role => "assistant";

    /// <summary>What the model says in place of an answer; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal { get; init; }

    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Content?.Length ?? 0} chars]";
}

using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <param name="FinishReason">Null, and written as null, until the choice has ended.</param>
/// <param name="Logprobs">Null, and written as null, where none were asked for.</param>
/// <param name="PromptLogprobs">Of each of the prompt's tokens, by id; null where nobody asked. vLLM's.</param>
/// <param name="PromptTokenIds">The prompt's tokens, BOS included, where token ids were asked for. vLLM's.</param>
public sealed record CompletionChoice(
    int Index, string Text, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] CompletionLogprobs? Logprobs = null, IReadOnlyList<int>? TokenIds = null, StopReason? StopReason = null,
    IReadOnlyList<IReadOnlyDictionary<int, PromptTokenLogprob>?>? PromptLogprobs = null, IReadOnlyList<int>? PromptTokenIds = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Index} [{Text?.Length ?? 0} chars] {FinishReason}";
}

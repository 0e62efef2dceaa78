using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

public sealed record ChatChoice(
    int Index, AnsweredMessage Message, string? FinishReason, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ChatLogprobs? Logprobs = null, IReadOnlyList<int>? TokenIds = null, StopReason? StopReason = null);

using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

public sealed record ChatChunkChoice(
    int Index, ChatDelta Delta, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason, ChatLogprobs? Logprobs = null, IReadOnlyList<int>? TokenIds = null, StopReason? StopReason = null);

using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>Log probabilities of a chat choice's tokens, in order.</summary>
/// <param name="Content">Those of the message's text.</param>
/// <param name="Refusal">Those of what is said in place of one; null, and written as null, for nothing.</param>
public sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<ChatTokenLogprob>? Refusal = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(ChatLogprobs)} [{Content.Count} tokens]";
}

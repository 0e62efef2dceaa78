using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>A token of a chat choice.</summary>
/// <param name="Token">Its text; <c>bytes:\xe2</c> where it is a part of a character only, <c>token_id:2</c> where it has none.</param>
/// <param name="Logprob">The natural logarithm of its probability, -9999 at the lowest.</param>
/// <param name="Bytes">The UTF-8 bytes of its text; null where it has none.</param>
/// <param name="TopLogprobs">The likeliest tokens in its place.</param>
public sealed record ChatTokenLogprob(
    string Token, double Logprob, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<int>? Bytes, IReadOnlyList<ChatTopLogprob> TopLogprobs)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ChatTokenLogprob);
}

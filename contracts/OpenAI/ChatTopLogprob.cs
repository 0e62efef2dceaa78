using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>One of the likeliest tokens in the place of another; as <see cref="ChatTokenLogprob"/>.</summary>
public sealed record ChatTopLogprob(string Token, double Logprob, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<int>? Bytes)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ChatTopLogprob);
}

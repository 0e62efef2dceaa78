namespace Serverless.Contracts.OpenAI;

/// <summary>How likely a token was in a prompt's place, in vLLM's shape: a list of these by token id for each of the prompt's tokens, the token that stands there first, and null for the prompt's first.</summary>
/// <param name="Logprob">The natural logarithm of its probability, -9999 at the lowest.</param>
/// <param name="Rank">Among all tokens, 1 for the likeliest.</param>
/// <param name="DecodedToken">Its name, as in <see cref="ChatTokenLogprob"/>.</param>
public sealed record PromptTokenLogprob(double Logprob, int Rank, string DecodedToken)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(PromptTokenLogprob);
}

namespace Serverless.Contracts.OpenAI;

/// <summary>Log probabilities of a completion's tokens, list by list; tokens are named as in <see cref="ChatTokenLogprob"/>.</summary>
/// <param name="TextOffset">Where each token's text begins in the choice's text, in characters.</param>
/// <param name="TopLogprobs">For each token the likeliest ones in its place; null where none were asked for.</param>
public sealed record CompletionLogprobs(
    IReadOnlyList<int> TextOffset, IReadOnlyList<double> TokenLogprobs, IReadOnlyList<string> Tokens, IReadOnlyList<IReadOnlyDictionary<string, double>>? TopLogprobs)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(CompletionLogprobs)} [{Tokens.Count} tokens]";
}

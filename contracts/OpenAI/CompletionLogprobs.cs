namespace Serverless.Contracts.OpenAI;

/// <summary>Log probabilities of a completion's tokens, list by list, those of an echoed prompt first; tokens are named as in <see cref="ChatTokenLogprob"/>.</summary>
/// <param name="TextOffset">Where each token's text begins in the choice's text, in characters.</param>
/// <param name="TokenLogprobs">Null for the first token of a prompt, before which there is nothing.</param>
/// <param name="TopLogprobs">For each token the likeliest ones in its place, and itself; null where none were asked for.</param>
public sealed record CompletionLogprobs(
    IReadOnlyList<int> TextOffset, IReadOnlyList<double?> TokenLogprobs, IReadOnlyList<string> Tokens, IReadOnlyList<IReadOnlyDictionary<string, double>?>? TopLogprobs)
{
    /// <summary>Those of two texts, the second of which goes on where the first ends.</summary>
    public CompletionLogprobs Then(CompletionLogprobs next) => new(
        [.. TextOffset, .. next.TextOffset],
        [.. TokenLogprobs, .. next.TokenLogprobs],
        [.. Tokens, .. next.Tokens],
        TopLogprobs is null || next.TopLogprobs is null ? null : [.. TopLogprobs, .. next.TopLogprobs]);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(CompletionLogprobs)} [{Tokens.Count} tokens]";
}

namespace Serverless.GpuWorker.Scheduling;

/// <summary>What is told of a prompt. One object, so that the tokens of a stream, which hardly ever have any of it, stay small.</summary>
public sealed record PromptReport
{
    /// <summary>How many of the prompt's tokens were in the cache when it was taken in; null where nobody asked.</summary>
    public int? CachedTokens { get; init; }

    /// <summary>Of the prompt's tokens from the second on; null where nobody asked.</summary>
    public IReadOnlyList<TokenLogprobs>? Logprobs { get; init; }

    /// <summary>Null where there is nothing to tell.</summary>
    public static PromptReport? Of(int? cachedTokens, IReadOnlyList<TokenLogprobs>? logprobs) =>
        cachedTokens is null && logprobs is null ? null : new PromptReport { CachedTokens = cachedTokens, Logprobs = logprobs };
}

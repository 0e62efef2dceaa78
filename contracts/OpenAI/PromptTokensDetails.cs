namespace Serverless.Contracts.OpenAI;

/// <param name="CachedTokens">Tokens of the prompt that came from a cache.</param>
public sealed record PromptTokensDetails(int CachedTokens)
{
    /// <summary>Tokens of the prompt that were written to a cache, as LiteLLM has it; null for none, or where the provider does not say.</summary>
    public int? CacheCreationTokens { get; init; }
}

namespace Serverless.Contracts.OpenAI;

/// <param name="CachedTokens">Tokens of the prompt that came from a cache.</param>
public sealed record PromptTokensDetails(int CachedTokens);

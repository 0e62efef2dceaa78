namespace Serverless.Contracts.OpenAI;

/// <summary>What the prompt's tokens were.</summary>
/// <param name="CachedTokens">Those of the prompt that the provider had in its cache.</param>
public sealed record PromptTokensDetails(int CachedTokens);

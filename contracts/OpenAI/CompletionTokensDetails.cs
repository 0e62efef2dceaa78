namespace Serverless.Contracts.OpenAI;

/// <summary>What tokens of an answer were spent on; they are in its count too. Null where the provider does not say.</summary>
/// <param name="ReasoningTokens">On thoughts before the answer.</param>
/// <param name="AcceptedPredictionTokens">On what the caller's <c>prediction</c> had right.</param>
/// <param name="RejectedPredictionTokens">On what it had wrong.</param>
/// <param name="AudioTokens">On speech.</param>
public sealed record CompletionTokensDetails(int? ReasoningTokens = null, int? AcceptedPredictionTokens = null, int? RejectedPredictionTokens = null, int? AudioTokens = null);

namespace Serverless.GpuWorker.Api;

/// <summary>How a sequence ended.</summary>
/// <param name="FinishReason">OpenAI's word: <c>stop</c> or <c>length</c>.</param>
/// <param name="Tokens">Tokens of the answer: those it was resumed with and the one that ended the sequence included.</param>
/// <param name="CachedTokens">Tokens of the prompt that were in the cache; null where that is not told.</param>
internal readonly record struct SequenceResult(string FinishReason, int Tokens, int? CachedTokens = null);

using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>How a sequence ended.</summary>
/// <param name="FinishReason">OpenAI's word: <c>stop</c> or <c>length</c>.</param>
/// <param name="Tokens">Tokens of the answer: those it was resumed with and the one that ended the sequence included.</param>
/// <param name="CachedTokens">Tokens of the prompt that were in the cache; null where that is not told.</param>
/// <param name="StopReason">The stop string or stop token that ended the answer; null where EOS or a length did.</param>
internal readonly record struct SequenceResult(string FinishReason, int Tokens, int? CachedTokens = null, StopReason? StopReason = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{FinishReason} {Tokens}";
}

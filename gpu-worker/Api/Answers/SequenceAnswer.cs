using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>A whole sequence.</summary>
/// <param name="Tokens">Where the request wants to be told of them.</param>
/// <param name="Prompt">As of a <see cref="SequencePiece"/>.</param>
internal sealed record SequenceAnswer(string Text, IReadOnlyList<GeneratedToken> Tokens, SequenceResult Result, IReadOnlyList<TokenLogprobs>? Prompt = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars] {Result.FinishReason}";
}

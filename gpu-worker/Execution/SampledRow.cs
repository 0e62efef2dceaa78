using Serverless.GpuWorker.Sampling;

namespace Serverless.GpuWorker.Execution;

/// <summary>What became of a sequence's row of logits.</summary>
/// <param name="Token">The chosen token; null where none can be chosen.</param>
/// <param name="Failure">What went wrong while choosing, for this sequence alone.</param>
/// <param name="IsUndecided">Whether the row's candidates did not say which token: it takes all its logits.</param>
internal readonly record struct SampledRow(SampledToken? Token, Exception? Failure, bool IsUndecided = false);

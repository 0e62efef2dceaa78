using Serverless.GpuWorker.Sampling;

namespace Serverless.GpuWorker.Execution;

/// <summary>What became of a sequence's row of logits.</summary>
/// <param name="Token">The chosen token; null where none can be chosen.</param>
/// <param name="Failure">What went wrong while choosing, for this sequence alone.</param>
internal readonly record struct SampledRow(SampledToken? Token, Exception? Failure);

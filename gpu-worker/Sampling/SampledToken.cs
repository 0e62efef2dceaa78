using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Sampling;

/// <summary>The token that the sampler chose.</summary>
/// <param name="Logprobs">Where the request asked for them.</param>
internal readonly record struct SampledToken(int Id, TokenLogprobs? Logprobs = null);

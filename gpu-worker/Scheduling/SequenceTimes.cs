namespace Serverless.GpuWorker.Scheduling;

/// <summary>How long a sequence took, on the engine's monotonic clock; none is negative.</summary>
/// <param name="Queue">From arrival to the first step that it is part of.</param>
/// <param name="Prefill">From that step to the first token.</param>
/// <param name="Decode">From the first token to the last.</param>
public sealed record SequenceTimes(TimeSpan Queue, TimeSpan Prefill, TimeSpan Decode);

namespace Serverless.Local.Durable.Replay;

/// <summary>The orchestrator's code does not do again what its history says it did.</summary>
internal sealed class NonDeterministicOrchestrationException(string orchestrator, string instanceId, string mismatch) : Exception(
    $"Orchestrator '{orchestrator}' of instance '{instanceId}' is not deterministic: {mismatch}. "
    + "Its code was changed while the instance ran, or depends on something other than its input, its history and its context (time, random, I/O, static state).");

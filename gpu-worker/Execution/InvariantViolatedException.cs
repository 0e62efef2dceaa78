namespace Serverless.GpuWorker.Execution;

/// <summary>The engine's own state is wrong: what it would serve cannot be trusted. The message tells sizes and numbers only.</summary>
internal sealed class InvariantViolatedException(string message) : Exception(message);

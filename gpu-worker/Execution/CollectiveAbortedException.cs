namespace Serverless.GpuWorker.Execution;

/// <summary>The group of ranks is aborted and stays so; the message says by whom and why.</summary>
internal sealed class CollectiveAbortedException(string message) : Exception(message);

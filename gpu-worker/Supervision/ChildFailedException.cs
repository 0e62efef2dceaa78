namespace Serverless.GpuWorker.Supervision;

/// <summary>A child could not be brought to serve. The message holds names, numbers and what the child said of its files.</summary>
public sealed class ChildFailedException(string message) : Exception(message);

namespace Serverless.GpuWorker.Scheduling;

/// <summary>The request's deadline passed before its answer was complete; all that it held is free.</summary>
public sealed class DeadlineExceededException() : Exception("The request's deadline has passed.");

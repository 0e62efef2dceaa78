namespace Serverless.GpuWorker.Scheduling;

/// <summary>The engine could not go on with a request, through no fault of the request.</summary>
public sealed class EngineFailedException(string message, Exception? innerException = null) : Exception(message, innerException);

namespace Serverless.GpuWorker.Execution;

/// <summary>A rank failed, or did not arrive in time: the model cannot run any further step.</summary>
internal sealed class RankGroupFailedException(string message, Exception? innerException = null) : Exception(message, innerException);

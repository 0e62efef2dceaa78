namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>A checkpoint cannot be used; the message names the file and the tensor or field at fault.</summary>
public sealed class CheckpointException(string message, Exception? innerException = null) : Exception(message, innerException);

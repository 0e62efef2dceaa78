namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>CUDA cannot be used as the settings ask; the message names the setting, what is missing and what is permitted.</summary>
internal sealed class CudaUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

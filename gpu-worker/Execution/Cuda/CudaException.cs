namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>A call of CUDA or NCCL failed.</summary>
internal sealed class CudaException(string message, Exception? inner = null) : Exception(message, inner);

namespace Serverless.GpuWorker.Execution;

/// <summary>Where a Llama is computed.</summary>
public enum EngineDevice
{
    Cpu,

    /// <summary>An NVIDIA GPU of compute capability 8.0 or later.</summary>
    Cuda,
}

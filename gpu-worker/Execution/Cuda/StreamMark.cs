namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Places on a device's stream that are waited for while others are already behind them.</summary>
internal enum StreamMark
{
    /// <summary>A step's inputs are on the device: the host's copy may be written again.</summary>
    Uploaded,

    /// <summary>What is read of a step is on the host.</summary>
    Downloaded,
}

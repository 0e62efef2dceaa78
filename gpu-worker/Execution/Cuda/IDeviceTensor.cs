using Microsoft.ML.OnnxRuntime;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>A graph input or output on the device, whatever its elements.</summary>
internal interface IDeviceTensor
{
    string Name { get; }

    /// <summary>The device's copy, as a tensor of so many rows.</summary>
    OrtValue Value(int rows);
}

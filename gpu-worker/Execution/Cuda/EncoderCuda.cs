using Microsoft.ML.OnnxRuntime;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>How ONNX Runtime's CUDA provider runs an encoder: on the first device, in float32.</summary>
internal static class EncoderCuda
{
    /// <returns>To be disposed of after the session is created.</returns>
    /// <exception cref="CudaUnavailableException">Libraries or the device are missing.</exception>
    public static OrtCUDAProviderOptions Options()
    {
        CudaProbe.CheckDevices(1);
        var options = new OrtCUDAProviderOptions();
        options.UpdateOptions(new Dictionary<string, string> { ["device_id"] = "0", ["arena_extend_strategy"] = "kSameAsRequested", ["use_tf32"] = "0" });
        return options;
    }
}

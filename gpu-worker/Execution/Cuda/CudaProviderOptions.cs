using System.Globalization;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>How ONNX Runtime's CUDA provider is set up (https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html).</summary>
internal static class CudaProviderOptions
{
    /// <param name="stream">The stream that the session computes on.</param>
    /// <param name="arenaBytes">
    /// Most memory of the provider's arena: activations, workspaces, and weights too, which it reserves beside them and counts (onnxruntime, core/framework/bfc_arena.cc, Reserve); not
    /// caches. 0 is without a limit.
    /// </param>
    /// <param name="useGraphs">Whether runs may be captured as CUDA graphs.</param>
    public static Dictionary<string, string> Create(int device, nint stream, long arenaBytes, bool useGraphs)
    {
        var options = new Dictionary<string, string>
        {
            ["device_id"] = device.ToString(CultureInfo.InvariantCulture),
            ["user_compute_stream"] = stream.ToString(CultureInfo.InvariantCulture),
            // Doubling would take as much again as a large prefill needs.
            ["arena_extend_strategy"] = "kSameAsRequested",
            ["do_copy_in_default_stream"] = "1",
            // Sums of float32 products, of which there are few, keep their bits.
            ["use_tf32"] = "0",
            ["enable_cuda_graph"] = useGraphs ? "1" : "0",
        };
        if (arenaBytes > 0)
            options["gpu_mem_limit"] = arenaBytes.ToString(CultureInfo.InvariantCulture);

        return options;
    }
}

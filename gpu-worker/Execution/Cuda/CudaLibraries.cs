using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>The libraries that ONNX Runtime's CUDA provider is linked to: the loader names only the first that it does not find.</summary>
internal static class CudaLibraries
{
    /// <summary>In the order in which an installation goes: driver, CUDA 13, cuDNN 9, the provider.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "libcuda.so.1", CudaRuntime.Library, "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10", "libcudnn.so.9", "libonnxruntime_providers_cuda.so",
    ];

    /// <summary>Those that cannot be loaded.</summary>
    /// <param name="canLoad">Whether a library is there; null asks the loader.</param>
    public static IReadOnlyList<string> Missing(Func<string, bool>? canLoad = null) => [.. Names.Where(name => !(canLoad ?? CanLoad)(name))];

    private static bool CanLoad(string name)
    {
        // The provider is loaded by ONNX Runtime, which must come first: here it is enough that it is beside us.
        if (name.StartsWith("libonnxruntime", StringComparison.Ordinal))
            return File.Exists(Path.Combine(AppContext.BaseDirectory, name)) || File.Exists(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", name));

        // What is loaded stays: CUDA's libraries do not survive being taken away.
        return NativeLibrary.TryLoad(name, out _);
    }
}

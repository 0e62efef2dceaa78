using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Weights;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Creates sessions whose nodes run on a CUDA device.</summary>
internal static class CudaSessions
{
    /// <summary>
    /// Settings of sessions. MatMulNBits takes its products of many rows from CUTLASS, weights as they are, only where <c>ep.cuda.fpa_intb_gemm</c> is on
    /// (onnxruntime/contrib_ops/cuda/quantization/matmul_nbits.h): otherwise int8 above 5 rows and int4 above 16 are turned into float16 for cuBLAS at every step, which moves more bytes than float16 weights do.
    /// It needs symmetric weights in blocks of 32, as ours are, and rows of W in multiples of 32 (int8) or 64 (int4); a matrix that has not goes the other way. The kernels are tried out by size when the session
    /// is made.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Entries { get; } = new Dictionary<string, string>
    {
        // Weights stay: taken from the arena, they would leave it with holes of their size.
        ["session.use_device_allocator_for_initializers"] = "1",
        ["ep.cuda.fpa_intb_gemm"] = "1",
    };

    static CudaSessions() => OnnxSessions.DisableTelemetry();

    /// <param name="weights">The model's initializers; the session copies them to its device.</param>
    public static InferenceSession Create(byte[] model, IReadOnlyCollection<HostTensor> weights, ICudaDevice device, Action<SessionOptions>? addOperators)
    {
        using var options = new SessionOptions
        {
            InterOpNumThreads = 1,
            IntraOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            // Shapes change from step to step: a remembered pattern of allocations would be wrong at the next.
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        foreach (var (key, value) in Entries)
            options.AddSessionConfigEntry(key, value);

        addOperators?.Invoke(options);
        device.AddProvider(options);
        using var initializers = new ExternalInitializers(options, weights);
        return new InferenceSession(model, options);
    }
}

using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Model;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Creates sessions whose nodes run on a CUDA device.</summary>
internal static class CudaSessions
{
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
        // Weights stay: taken from the arena, they would leave it with holes of their size.
        options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        addOperators?.Invoke(options);
        device.AddProvider(options);
        using var initializers = new ExternalInitializers(options, weights);
        return new InferenceSession(model, options);
    }
}

using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Execution.Operators;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution;

/// <summary>Creates ONNX Runtime sessions the way all of ours run: no telemetry, our operators known.</summary>
internal static class OnnxSessions
{
    static OnnxSessions() => DisableTelemetry();

    /// <summary>To be called before the process's first session is created.</summary>
    public static void DisableTelemetry()
    {
        Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
        OrtEnv.Instance().DisableTelemetryEvents();
    }

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <param name="spin">Whether threads wait for an operator's next part of the work by spinning; between runs they sleep.</param>
    public static InferenceSession Create(byte[] model, int threads, bool spin = false)
    {
        using var options = Options(threads, spin);
        ServerlessOperators.Register(options);
        return new InferenceSession(model, options);
    }

    /// <inheritdoc cref="Create"/>
    public static SessionOptions Options(int threads, bool spin = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads > 0 ? threads : Math.Min(Environment.ProcessorCount, 4),
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            // Shapes change from step to step: a remembered pattern of allocations would be wrong at the next.
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spin ? "1" : "0");
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        return options;
    }
}

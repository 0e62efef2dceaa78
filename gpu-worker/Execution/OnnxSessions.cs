using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Execution.Operators;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution;

/// <summary>Creates ONNX Runtime sessions the way all of ours run: no telemetry, our operators known.</summary>
internal static class OnnxSessions
{
    /// <summary>
    /// What passes between two operators of a step is some microseconds, and waking a thread that sleeps takes tens. So threads that spin this long rarely sleep within a step, and where others want the
    /// core, it is this much that they wait.
    /// </summary>
    public const int DefaultSpinMicroseconds = 20;

    /// <summary>Of <c>spinMicroseconds</c>.</summary>
    public const int MostSpinMicroseconds = 100_000;

    static OnnxSessions() => DisableTelemetry();

    /// <summary>To be called before the process's first session is created.</summary>
    public static void DisableTelemetry()
    {
        Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
        OrtEnv.Instance().DisableTelemetryEvents();
    }

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <param name="spinMicroseconds">How long threads spin for the next operator's work before they sleep; between runs they sleep.</param>
    public static InferenceSession Create(byte[] model, int threads, int spinMicroseconds = DefaultSpinMicroseconds)
    {
        using var options = Options(threads, spinMicroseconds);
        ServerlessOperators.Register(options);
        return new InferenceSession(model, options);
    }

    /// <inheritdoc cref="Create"/>
    public static SessionOptions Options(int threads, int spinMicroseconds = DefaultSpinMicroseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfNegative(spinMicroseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spinMicroseconds, MostSpinMicroseconds);
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads > 0 ? threads : Math.Min(Environment.ProcessorCount, 4),
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            // Shapes change from step to step: a remembered pattern of allocations would be wrong at the next.
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spinMicroseconds > 0 ? "1" : "0");
        if (spinMicroseconds > 0)
            options.AddSessionConfigEntry("session.intra_op.spin_duration_us", spinMicroseconds.ToString(CultureInfo.InvariantCulture));

        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        return options;
    }
}

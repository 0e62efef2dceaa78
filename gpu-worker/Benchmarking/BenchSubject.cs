using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>A model that is ready to be measured, and what its device has to say in the report.</summary>
internal sealed record BenchSubject
{
    /// <summary>Freed when the measurement ends.</summary>
    public required IStepModel Session { get; init; }

    /// <summary>Most sequences of the engine's measurement.</summary>
    public required int MostEngineBatch { get; init; }

    /// <summary>Bytes a second at which memory is read now; called before each decoding step.</summary>
    public required Func<double> ReadBandwidth { get; init; }

    /// <inheritdoc cref="BenchReport.Bandwidth"/>
    public required string Bandwidth { get; init; }

    /// <inheritdoc cref="BenchReport.StepBytes"/>
    public required long StepBytes { get; init; }

    /// <inheritdoc cref="BenchReport.KvCacheFormat"/>
    public required string KvCacheFormat { get; init; }

    /// <inheritdoc cref="BenchReport.KvCacheRange"/>
    public float? KvCacheRange { get; init; }

    /// <inheritdoc cref="BenchReport.Threads"/>
    public required int Threads { get; init; }

    /// <inheritdoc cref="BenchReport.SpinMicroseconds"/>
    public required int SpinMicroseconds { get; init; }

    /// <inheritdoc cref="BenchReport.Processor"/>
    public required string Processor { get; init; }

    /// <inheritdoc cref="BenchReport.Kernel"/>
    public required string Kernel { get; init; }
}

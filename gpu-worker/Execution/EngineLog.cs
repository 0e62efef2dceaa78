using Serverless.GpuWorker.Model;
namespace Serverless.GpuWorker.Execution;

/// <summary>What the engine logs: sizes and ids, never content.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(200, LogLevel.Information, "Loaded {Model}: {Layers} layers, hidden {Hidden}, weights {Format}, {Blocks} cache blocks of {BlockSize} tokens in {CacheFormat}")]
    public static partial void Loaded(ILogger logger, string model, int layers, int hidden, string format, int blocks, int blockSize, string cacheFormat);

    [LoggerMessage(201, LogLevel.Warning, "A step of {Sequences} sequences and {Tokens} tokens failed; each is tried alone")]
    public static partial void StepFailed(ILogger logger, Exception exception, int sequences, int tokens);

    [LoggerMessage(202, LogLevel.Error, "Sequence {Id} failed")]
    public static partial void SequenceFailed(ILogger logger, Exception? exception, long id);

    [LoggerMessage(203, LogLevel.Critical, "The step loop failed; {Calls} requests fail with it")]
    public static partial void LoopFailed(ILogger logger, Exception exception, int calls);

    [LoggerMessage(204, LogLevel.Critical, "The engine ends, and {Calls} requests with it, because its state is wrong: {Violation}")]
    public static partial void InvariantViolated(ILogger logger, string violation, int calls);

    [LoggerMessage(205, LogLevel.Critical, "The model failed, and the engine ends: {Reason}")]
    public static partial void ModelFailed(ILogger logger, string reason);

    [LoggerMessage(206, LogLevel.Information, "A step of one row takes {Milliseconds:F1} ms; of 2, 4, 8 and 16 rows {Two:F2}, {Four:F2}, {Eight:F2} and {Sixteen:F2} times as long")]
    public static partial void StepCosts(ILogger logger, double milliseconds, double two, double four, double eight, double sixteen);

    [LoggerMessage(207, LogLevel.Information, "Of the device weights take {Weights} MiB, the cache {Cache} MiB, and the largest prompt and {Sizes} sizes of step took {Steps} MiB; {Free} MiB are free")]
    public static partial void DeviceMemory(ILogger logger, long weights, long cache, int sizes, long steps, long free);
}

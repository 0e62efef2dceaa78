namespace Serverless.GpuWorker.Api;

/// <summary>What the generating endpoints need of the process.</summary>
internal sealed record GenerationContext(ServingMetrics Metrics, TimeProvider Time, TimeSpan StreamWriteTimeout)
{
    public SequenceBatch Batch(LlmModel model, IReadOnlyList<SequencePlan> plans) => new(new SequenceRunner(model, Metrics, Time), plans);
}

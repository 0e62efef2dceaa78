using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Streams;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>What the generating endpoints need of the process.</summary>
/// <param name="Streams">Null where SignalR is not configured.</param>
internal sealed record GenerationContext(ServingMetrics Metrics, TimeProvider Time, TimeSpan StreamWriteTimeout, PushedStreams? Streams = null)
{
    public SequenceBatch Batch(LlmModel model, IReadOnlyList<SequencePlan> plans) => new(new SequenceRunner(model, Metrics, Time), plans);
}

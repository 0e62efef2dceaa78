using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Supervision.Replicas;

/// <summary>What a <see cref="RemoteEngine"/> is made of.</summary>
internal sealed record RemoteEngineOptions
{
    /// <summary>Of one replica.</summary>
    public required LlmEngineOptions Engine { get; init; }

    /// <summary>Engine processes, 1 to 8.</summary>
    public int Replicas { get; init; } = 1;

    public SupervisionOptions Supervision { get; init; } = new();
}

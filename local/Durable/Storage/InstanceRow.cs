using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable.Storage;

/// <summary>An orchestration instance as it is stored. Times are UTC ticks; payloads are null when they were not read.</summary>
internal sealed record InstanceRow
{
    public required string InstanceId { get; init; }

    /// <summary>Changes when the id is used again and when the instance continues as new.</summary>
    public required string ExecutionId { get; init; }

    public required string Name { get; init; }

    public OrchestrationRuntimeStatus Status { get; init; }

    public long CreatedAt { get; init; }

    public long UpdatedAt { get; init; }

    public string? Input { get; init; }

    public string? Output { get; init; }

    public string? CustomStatus { get; init; }

    public string? Failure { get; init; }

    public string? Tags { get; init; }

    public ParentLink? Parent { get; init; }

    public bool IsFinished => IsFinal(Status);

    public static bool IsFinal(OrchestrationRuntimeStatus status) =>
        status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    public override string ToString() => $"{Name} {InstanceId} {Status}";
}

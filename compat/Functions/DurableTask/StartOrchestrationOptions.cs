namespace Microsoft.DurableTask;

public record StartOrchestrationOptions(string? InstanceId = null, DateTimeOffset? StartAt = null)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Statuses (names of OrchestrationRuntimeStatus) in which an existing instance with this id makes the start fail.</summary>
    public IReadOnlyList<string>? DedupeStatuses { get; init; }
}

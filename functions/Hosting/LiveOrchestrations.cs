using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Hosting;

/// <summary>What an orchestration under way is like: as long as it is so, no other of its name is begun.</summary>
internal static class LiveOrchestrations
{
    /// <summary>For <see cref="Microsoft.DurableTask.StartOrchestrationOptions.DedupeStatuses"/>.</summary>
    public static readonly string[] Statuses =
    [
        nameof(OrchestrationRuntimeStatus.Running), nameof(OrchestrationRuntimeStatus.Pending), nameof(OrchestrationRuntimeStatus.Suspended),
    ];

    /// <summary>Whether an orchestration of an id is under way.</summary>
    public static async Task<bool> HasAsync(DurableTaskClient durable, string instance, CancellationToken cancellationToken) =>
        await durable.GetInstanceAsync(instance, cancellationToken) is { } there && Has(there);

    public static bool Has(OrchestrationMetadata instance) => Statuses.Contains(instance.RuntimeStatus.ToString());
}

using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>Begins what a collection's settings call for, and sees to it that somebody goes on with it.</summary>
public sealed class GenerationStart(GenerationPlanner planner, GenerationStore generations, CollectionStore collections)
{
    public async Task RunAsync(DurableTaskClient durable, string collection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(durable);
        GenerationState? state;
        try
        {
            state = await planner.ReviewAsync(collection, await collections.FindEffectiveAsync(collection, cancellationToken), cancellationToken);
        }
        catch (GatewayException refused) when (refused.Status is < 500 and not 408 and not 429)
        {
            // There is no such route. What was begun before is gone on with.
            state = await generations.ReadAsync(collection, cancellationToken);
        }

        if (state is null or { IsSettled: true }) return;
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(
                GenerationOrchestrator.Name, new GenerationWork(collection),
                new StartOrchestrationOptions(GenerationOrchestrator.InstanceId(collection)) { DedupeStatuses = LiveOrchestrations.Statuses }, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // One is at it already (OrchestrationAlreadyExistsException).
        }
    }
}

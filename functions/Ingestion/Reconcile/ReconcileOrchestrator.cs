using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Takes a run from step to step until it is done; one for a collection at a time, and one for all.</summary>
public static class ReconcileOrchestrator
{
    public const string Name = "Reconcile";

    private const int StepsPerGeneration = 50;

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 6, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    /// <param name="collection">Null: all.</param>
    public static string InstanceId(string? collection) =>
        collection is null ? "reconcile" : CollectionInstance.Id("reconcile", collection);

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var work = context.GetInput<ReconcileWork>()!;
        var only = work.All ? null : work.Collection;
        try
        {
            for (var i = 0; i < StepsPerGeneration && work.Phase != ReconcilePhase.Done; i++)
                work = await context.CallActivityAsync<ReconcileWork>(ReconcileActivities.Step, work, Retry);
        }
        catch (TaskFailedException failure)
        {
            await context.CallActivityAsync<bool>(ReconcileActivities.Fail, new ReconcileFailure(work.Run, only, StepFailedException.ReasonOf(failure)), Retry);
            return;
        }

        if (work.Phase != ReconcilePhase.Done) context.ContinueAsNew(work, preserveUnprocessedEvents: false);
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Functions.Ingestion.Collections;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>Looks at a collection again and again until it has come from one generation to the next; one for a collection at a time.</summary>
public static class GenerationOrchestrator
{
    public const string Name = "Generation";

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 6, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    public static string InstanceId(string collection) => CollectionInstance.Id("generation", collection);

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var work = context.GetInput<GenerationWork>()!;
        var wait = TimeSpan.FromSeconds(work.DelaySeconds);
        try
        {
            work = await context.CallActivityAsync<GenerationWork>(GenerationActivities.Step, work, Retry);
            if (work.IsDone) return;
            wait = TimeSpan.FromSeconds(work.DelaySeconds);
        }
        catch (TaskFailedException)
        {
            // A service is down for longer: nothing is lost by waiting, and nobody else would go on.
            wait = AfterFailure;
        }

        await context.CreateTimer(context.CurrentUtcDateTime + wait, CancellationToken.None);
        context.ContinueAsNew(work, preserveUnprocessedEvents: false);
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>Takes an import, an export or a restore from step to step until it is done.</summary>
public static class TransferOrchestrator
{
    public const string Name = "Transfer";

    /// <summary>How the ids of imports' and exports' orchestrations begin.</summary>
    internal const string ImportPrefix = "import-", ExportPrefix = "export-";

    private const int StepsPerGeneration = 50;

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var work = context.GetInput<TransferWork>()!;
        try
        {
            for (var i = 0; i < StepsPerGeneration && !work.IsDone; i++)
            {
                work = await context.CallActivityAsync<TransferWork>(TransferActivities.Step, work, Retry);
                if (!work.IsDone && work.DelaySeconds > 0) await context.CreateTimer(context.CurrentUtcDateTime + TimeSpan.FromSeconds(work.DelaySeconds), CancellationToken.None);
            }
        }
        catch (TaskFailedException failure)
        {
            await context.CallActivityAsync<bool>(TransferActivities.Fail, new TransferFault(work, StepFailedException.ReasonOf(failure)), Retry);
            return;
        }

        if (!work.IsDone) context.ContinueAsNew(work, preserveUnprocessedEvents: false);
    }
}

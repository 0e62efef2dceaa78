using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>The activities of <see cref="ReconcileOrchestrator"/>.</summary>
public sealed class ReconcileActivities(ReconcileStep step, ReconcileStore runs, TimeProvider time, ILogger<ReconcileActivities> logger)
{
    public const string Step = "ReconcileStep";
    public const string Fail = "ReconcileFail";

    [Function(Step)]
    public async Task<ReconcileWork> StepAsync([ActivityTrigger] ReconcileWork work, CancellationToken cancellationToken)
    {
        try
        {
            return await step.RunAsync(work, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The words of services may quote names, so they end here.
            throw new StepFailedException(ServiceFailure.Describe(failure));
        }
    }

    [Function(Fail)]
    public async Task<bool> FailAsync([ActivityTrigger] ReconcileFailure failure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(failure);
        ReconcileLog.Failed(logger, failure.Run, failure.Reason);
        var now = time.GetUtcNow();
        var begun = await runs.FindAsync(failure.Collection, cancellationToken);
        await runs.WriteAsync(
            new ReconcileRun(failure.Run, failure.Collection, ReconcileRun.Failed, begun?.Id == failure.Run ? begun.StartedAt : now, now, 0, new ReconcileCounts(), failure.Reason), cancellationToken);
        return true;
    }
}

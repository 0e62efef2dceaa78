using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Starts a run where none of its kind is under way.</summary>
public sealed class ReconcileStart(ReconcileStore runs, IOptions<IngestionOptions> options, TimeProvider time, ILogger<ReconcileStart> logger)
{
    /// <param name="collection">Null: all.</param>
    /// <param name="deep">Whether each document's chunks are counted in any case.</param>
    /// <returns>The run that was started, or the one that is under way.</returns>
    public async Task<ReconcileRun> RunAsync(DurableTaskClient durable, string? collection, bool deep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(durable);
        var instance = ReconcileOrchestrator.InstanceId(collection);
        var before = await runs.FindAsync(collection, cancellationToken);
        if (before is { State: ReconcileRun.Running } && await durable.GetInstanceAsync(instance, cancellation: cancellationToken) is { } existing && LiveOrchestrations.Has(existing))
        {
            var latest = time.GetUtcNow() - options.Value.ReconcileStuck;
            if (existing.LastUpdatedAt > latest || before.StartedAt > latest) return before;

            // What would find what is lost has been lost itself.
            ReconcileLog.Lost(logger, before.Id);
            await durable.PurgeInstanceAsync(instance, cancellation: cancellationToken);
        }

        // Written first: a short run has ended, and said so, before its start returns.
        var run = new ReconcileRun(Guid.NewGuid().ToString("N"), collection, ReconcileRun.Running, time.GetUtcNow(), null, 0, new ReconcileCounts());
        await runs.WriteAsync(run, cancellationToken);
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(
                ReconcileOrchestrator.Name, new ReconcileWork(run.Id, collection is null, deep, collection),
                new StartOrchestrationOptions(instance) { DedupeStatuses = LiveOrchestrations.Statuses }, cancellationToken);
            return run;
        }
        catch (InvalidOperationException)
        {
            // Another was faster (OrchestrationAlreadyExistsException), and writes when it ends.
            return run;
        }
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>Begins a transfer's orchestration. Imports and exports may run side by side; of restores a collection has one at a time.</summary>
public sealed class TransferStart(TransferStore runs)
{
    /// <summary>Of a transfer that begins now.</summary>
    public static string NewId(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
    }

    /// <exception cref="GatewayException">409: a restore of the collection is under way.</exception>
    public async Task RunAsync(DurableTaskClient durable, TransferRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(durable);
        ArgumentNullException.ThrowIfNull(run);
        var kind = run.Kind();
        var instance = kind switch
        {
            TransferKind.Import => TransferOrchestrator.ImportPrefix + run.Id,
            TransferKind.Export => TransferOrchestrator.ExportPrefix + run.Id,
            _ => CollectionInstance.Id("restore", run.Collection),
        };
        // Written first: a short one has ended, and said so, before its start returns.
        await runs.WriteAsync(run, cancellationToken);
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(
                TransferOrchestrator.Name, new TransferWork(kind, run.Collection, run.Id), new StartOrchestrationOptions(instance) { DedupeStatuses = LiveOrchestrations.Statuses }, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // OrchestrationAlreadyExistsException.
            await runs.DeleteAsync(kind, run.Collection, run.Id, cancellationToken);
            throw new GatewayException(StatusCodes.Status409Conflict, new ErrorDetail("restore_running", "A restore of this collection is under way.", "invalid_request_error", "collection"));
        }
    }
}

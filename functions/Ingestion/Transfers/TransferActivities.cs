using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Steps;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Ingestion.Transfers.Imports;
using Serverless.Functions.Ingestion.Transfers.Restores;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>The activities of <see cref="TransferOrchestrator"/>. Each may run twice: same input, same state after.</summary>
public sealed class TransferActivities(ImportStep import, ExportStep export, RestoreStep restore, TransferStore runs, TimeProvider time, ILogger<TransferActivities> logger)
{
    public const string Step = "TransferStep";
    public const string Fail = "TransferFail";

    [Function(Step)]
    public async Task<TransferWork> StepAsync([ActivityTrigger] TransferWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            // A restore's generation that has begun is the collection's own.
            if (work.Restore?.Generation is null && await runs.IsToEndAsync(work.Kind, work.Collection, work.Id, cancellationToken))
            {
                TransferLog.Cancelled(logger, work.Kind, work.Id);
                await EndAsync(work, TransferState.Cancelled, null, null, cancellationToken);
                return work with { IsDone = true };
            }

            var next = work.Kind switch
            {
                TransferKind.Import => await import.RunAsync(work, cancellationToken),
                TransferKind.Export => await export.RunAsync(work, cancellationToken),
                _ => await restore.RunAsync(work, cancellationToken),
            };
            if (next.IsDone) TransferLog.Ended(logger, work.Kind, work.Id);
            return next with { Step = work.Step + 1 };
        }
        catch (TransferRefusedException refused)
        {
            await FailAsync(work, refused.Code, refused.Message, cancellationToken);
            return work with { IsDone = true };
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The words of services may quote names, so they end here.
            throw new StepFailedException(ServiceFailure.Describe(failure));
        }
    }

    [Function(Fail)]
    public async Task<bool> FailAsync([ActivityTrigger] TransferFault fault, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fault);
        await FailAsync(fault.Work, "service_failed", fault.Reason, cancellationToken);
        return true;
    }

    private Task FailAsync(TransferWork work, string code, string reason, CancellationToken cancellationToken)
    {
        TransferLog.Failed(logger, work.Kind, work.Id, code);
        return EndAsync(work, TransferState.Failed, code, reason, cancellationToken);
    }

    private async Task EndAsync(TransferWork work, TransferState state, string? code, string? reason, CancellationToken cancellationToken)
    {
        if (work.Kind == TransferKind.Restore) await restore.ClearAsync(work.Id, cancellationToken);
        if (await runs.FindAsync(work.Kind, work.Collection, work.Id, cancellationToken) is { } run)
            await runs.WriteAsync(run with { State = state, EndedAt = time.GetUtcNow(), ErrorCode = code, Error = reason }, cancellationToken);
    }
}

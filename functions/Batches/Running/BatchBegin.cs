using Azure;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Input;

namespace Serverless.Functions.Batches.Running;

/// <summary>Reads a batch's input and finds its slices, once; and counts what is done each time that history is begun anew.</summary>
public sealed class BatchBegin(BatchStore batches, FileStore files, BatchOptions options, TimeProvider time, ILogger<BatchBegin> logger)
{
    public async Task<BatchPlan> RunAsync(BatchWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (await batches.FindAsync(work.Owner, work.Id, cancellationToken) is not { } found || found.Status.IsTerminal) return new BatchPlan(false);
        // A batch that is cancelled before its input was read has nothing to ask, and ends as others do.
        if (found.Status.State != BatchState.Validating)
        {
            await batches.CountDoneAsync(work, found.Status, work.Next, cancellationToken);
            return PlanOf(work, await batches.FindSlicesAsync(work, cancellationToken) ?? []);
        }

        var (slices, faults) = await ReadAsync(found.Batch, cancellationToken);
        if (faults.Count > 0)
        {
            await batches.WriteFaultsAsync(work, faults, cancellationToken);
            await ChangeAsync(work, before => before with { State = BatchState.Failed, EndedAt = time.GetUtcNow() }, cancellationToken);
            BatchLog.Refused(logger, work.Id, faults.Count);
            return new BatchPlan(false);
        }

        await batches.WriteSlicesAsync(work, slices, cancellationToken);
        var total = slices.Sum(slice => slice.Requests);
        await ChangeAsync(work, before => before with { State = BatchState.InProgress, InProgressAt = time.GetUtcNow(), Total = total }, cancellationToken);
        BatchLog.Started(logger, work.Id, total);
        return PlanOf(work, slices);
    }

    private BatchPlan PlanOf(BatchWork work, IReadOnlyList<InputSlice> slices) =>
        new(true, slices.Count, Math.Max(1, options.Concurrency / SliceAsking.AtATime), [.. slices.Skip(work.Next).Take(BatchOrchestrator.SlicesPerGeneration)]);

    private Task<BatchStatus?> ChangeAsync(BatchWork work, Func<BatchStatus, BatchStatus> change, CancellationToken cancellationToken) =>
        batches.ChangeAsync(work.Owner, work.Id, before => before.State == BatchState.Validating ? change(before) : before, cancellationToken);

    private async Task<(IReadOnlyList<InputSlice> Slices, IReadOnlyList<InputFault> Faults)> ReadAsync(Batch batch, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await files.OpenAsync(batch.Owner, batch.InputFileId, 0, null, cancellationToken);
            return await InputReading.ReadAsync(content, batch.Endpoint, options, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return ([], [new InputFault("file_not_found", "The input file is gone.", "input_file_id", null)]);
        }
        catch (RequestFailedException failure) when (failure.Status == 416)
        {
            return ([], [new InputFault("empty_file", "The file holds no request.", null, null)]);
        }
    }
}

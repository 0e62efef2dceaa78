using Microsoft.Extensions.Logging;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Input;

namespace Serverless.Functions.Batches.Running;

/// <summary>Ends a batch: what was answered becomes one file, what was not another, each in the order of the input.</summary>
public sealed class BatchEnd(BatchStore batches, FileStore files, InputFile input, TimeProvider time, ILogger<BatchEnd> logger)
{
    /// <summary>Slices that are read ahead of what is written, and bytes of them.</summary>
    private const int SlicesAhead = 8, BytesAhead = 16 << 20;

    /// <param name="reason">Why it failed; null where it has not.</param>
    /// <returns>True.</returns>
    public async Task<bool> RunAsync(BatchWork work, string? reason, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var status = await batches.ChangeAsync(
            work.Owner, work.Id, before => before.State == BatchState.InProgress ? before with { State = BatchState.Finalizing, FinalizingAt = time.GetUtcNow() } : before, cancellationToken);
        if (status is null || await batches.FindAsync(work.Owner, work.Id, cancellationToken) is not { Batch: var batch }) return true;
        if (status.IsTerminal)
        {
            // A host that was killed right behind the end has left its work.
            await DropAsync(work, batch, cancellationToken);
            return true;
        }

        var (completed, failed, unasked, untold) = await WriteAsync(work, batch, ReasonOf(status, reason), cancellationToken);
        var state = reason is not null ? BatchState.Failed : status.State == BatchState.Cancelling ? BatchState.Cancelled : unasked > 0 ? BatchState.Expired : BatchState.Completed;
        await batches.ChangeAsync(
            work.Owner, work.Id,
            before => before.IsTerminal ? before : before with { State = state, EndedAt = time.GetUtcNow(), Completed = completed, Failed = failed, Unasked = unasked, Untold = untold, Error = reason },
            cancellationToken);
        await DropAsync(work, batch, cancellationToken);
        BatchLog.Ended(logger, work.Id, state, completed, failed);
        return true;
    }

    private static UnaskedReason ReasonOf(BatchStatus status, string? reason) => (reason, status.State) switch
    {
        (not null, _) => UnaskedReason.Failed,
        (_, BatchState.Cancelling) => UnaskedReason.Cancelled,
        _ => UnaskedReason.Expired,
    };

    /// <summary>Deletes what was there of a batch while it ran, and an input that came with it: a file of its client's own stays.</summary>
    private async Task DropAsync(BatchWork work, Batch batch, CancellationToken cancellationToken)
    {
        if (batch.IsOfMessages) await files.DeleteAsync(batch.Owner, batch.InputFileId, cancellationToken);
        await batches.DropWorkAsync(work.Owner, work.Id, cancellationToken);
    }

    /// <summary>Both files, whole or not at all; one with nothing in it is not written. Running twice writes the same.</summary>
    private async Task<(int Completed, int Failed, int Unasked, int Untold)> WriteAsync(BatchWork work, Batch batch, UnaskedReason unaskedAs, CancellationToken cancellationToken)
    {
        var (completed, failed, unasked, untold) = (0, 0, 0, 0);
        var slices = await batches.FindSlicesAsync(work, cancellationToken) ?? [];
        var now = time.GetUtcNow();
        await using var output = new OutputFile(() => files.OpenWriteAsync(batch.Owner, batch.OutputFileId, $"{batch.Id}_output.jsonl", batch.IsOfMessages ? StoredFile.MessageResults : StoredFile.Output, now, batch.KeepOutput, cancellationToken));
        await using var errors = new OutputFile(() => files.OpenWriteAsync(batch.Owner, batch.ErrorFileId, $"{batch.Id}_error.jsonl", StoredFile.Output, now, batch.KeepOutput, cancellationToken));
        var written = await batches.MeasureResultsAsync(work, cancellationToken);
        var all = ReadAhead.InOrderAsync(
            slices.Select((slice, number) => (Slice: slice, Number: number, Written: written.GetValueOrDefault(number))),
            item => item.Written.Bytes + (item.Written.Requests == item.Slice.Requests ? 0 : item.Slice.Length),
            async (item, stop) => (item.Slice.Requests, Unasked: item.Slice.Requests - item.Written.Requests, Results: await ResultsAsync(work, batch, item.Slice, item.Number, item.Written.Requests, unaskedAs, stop)),
            SlicesAhead,
            BytesAhead,
            cancellationToken);
        await foreach (var slice in all)
        {
            unasked += slice.Unasked;
            completed += slice.Results.Completed;
            failed += slice.Requests - slice.Results.Completed;
            untold += slice.Requests - slice.Results.Lines.Count();
            foreach (var (isError, line) in slice.Results.Lines) await (isError && !batch.IsOfMessages ? errors : output).WriteAsync(line, cancellationToken);
        }

        await output.CommitAsync();
        await errors.CommitAsync();
        return (completed, failed, unasked, untold);
    }

    /// <summary>What was answered of a slice, and a line for what was not.</summary>
    private async Task<SliceResults> ResultsAsync(BatchWork work, Batch batch, InputSlice slice, int number, int written, UnaskedReason unaskedAs, CancellationToken cancellationToken)
    {
        var results = written > 0 ? await batches.FindResultsAsync(work, number, cancellationToken) : new SliceResults();
        if (written == slice.Requests) return results;
        // None where the input is gone, so that nobody can tell which they were.
        var requests = await input.RequestsAsync(batch, slice, cancellationToken) ?? [];
        for (var place = 0; place < requests.Count; place++)
        {
            if (!results.Has(place)) results.Add(place, isError: true, batch.Results.Unasked(requests[place].CustomId, unaskedAs));
        }

        return results;
    }
}

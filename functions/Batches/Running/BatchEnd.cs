using Microsoft.Extensions.Logging;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Input;

namespace Serverless.Functions.Batches.Running;

/// <summary>Ends a batch: what was answered becomes one file, what was not another, each in the order of the input.</summary>
public sealed class BatchEnd(BatchStore batches, FileStore files, InputFile input, TimeProvider time, ILogger<BatchEnd> logger)
{
    /// <param name="reason">Why it failed; null where it has not.</param>
    /// <returns>True.</returns>
    public async Task<bool> RunAsync(BatchWork work, string? reason, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var status = await batches.ChangeAsync(
            work.Owner, work.Id, before => before.State == BatchState.InProgress ? before with { State = BatchState.Finalizing, FinalizingAt = time.GetUtcNow() } : before, cancellationToken);
        if (status is null || status.IsTerminal || await batches.FindAsync(work.Owner, work.Id, cancellationToken) is not { Batch: var batch }) return true;
        var (completed, failed, unasked) = await WriteAsync(work, batch, CodeOf(status, reason), cancellationToken);
        var state = reason is not null ? BatchState.Failed : status.State == BatchState.Cancelling ? BatchState.Cancelled : unasked > 0 ? BatchState.Expired : BatchState.Completed;
        await batches.ChangeAsync(
            work.Owner, work.Id,
            before => before.IsTerminal ? before : before with { State = state, EndedAt = time.GetUtcNow(), Completed = completed, Failed = failed, Error = reason },
            cancellationToken);
        await batches.DropWorkAsync(work.Owner, work.Id, cancellationToken);
        BatchLog.Ended(logger, work.Id, state, completed, failed);
        return true;
    }

    private static (string Code, string Message) CodeOf(BatchStatus status, string? reason) => (reason, status.State) switch
    {
        (not null, _) => ("batch_failed", "The batch failed before this request was asked."),
        (_, BatchState.Cancelling) => ("batch_cancelled", "The batch was cancelled before this request was asked."),
        _ => ("batch_expired", "The batch's completion window was over before this request was asked."),
    };

    /// <summary>Both files, whole or not at all; one with nothing in it is not written. Running twice writes the same.</summary>
    private async Task<(int Completed, int Failed, int Unasked)> WriteAsync(BatchWork work, Batch batch, (string Code, string Message) unaskedAs, CancellationToken cancellationToken)
    {
        var (completed, failed, unasked) = (0, 0, 0);
        var slices = await batches.FindSlicesAsync(work, cancellationToken) ?? [];
        var now = time.GetUtcNow();
        await using var output = new OutputFile(() => files.OpenWriteAsync(batch.Owner, batch.OutputFileId, $"{batch.Id}_output.jsonl", now, batch.KeepOutput, cancellationToken));
        await using var errors = new OutputFile(() => files.OpenWriteAsync(batch.Owner, batch.ErrorFileId, $"{batch.Id}_error.jsonl", now, batch.KeepOutput, cancellationToken));
        for (var i = 0; i < slices.Count; i++)
        {
            var results = await batches.FindResultsAsync(work, i, cancellationToken);
            var missing = slices[i].Requests - results.Completed - results.Failed;
            if (missing > 0)
            {
                unasked += missing;
                // None where the input is gone, so that nobody can tell which they were.
                var requests = await input.RequestsAsync(batch, slices[i], cancellationToken) ?? [];
                for (var place = 0; place < requests.Count; place++)
                {
                    if (!results.Has(place)) results.Add(place, isError: true, ResultLine.Unasked(requests[place].CustomId, unaskedAs.Code, unaskedAs.Message));
                }
            }

            completed += results.Completed;
            failed += slices[i].Requests - results.Completed;
            foreach (var (isError, line) in results.Lines) await (isError ? errors : output).WriteAsync(line, cancellationToken);
        }

        await output.CommitAsync();
        await errors.CommitAsync();
        return (completed, failed, unasked);
    }
}

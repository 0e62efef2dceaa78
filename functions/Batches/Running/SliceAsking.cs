using Microsoft.Extensions.Logging;
using Serverless.Functions.Batches.Input;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Batches.Running;

/// <summary>Asks the requests of one slice, a few at a time, and writes what was answered.</summary>
public sealed class SliceAsking(BatchStore batches, InputFile input, ClientStore clients, RequestAsking asking, TimeProvider time, ILogger<SliceAsking> logger)
{
    /// <summary>Requests of a slice at a time.</summary>
    internal const int AtATime = 4;

    /// <exception cref="BatchStepException">The input is gone.</exception>
    public async Task<SliceOutcome> RunAsync(SliceWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var (owner, id) = (work.Batch.Owner, work.Batch.Id);
        if (await batches.FindAsync(owner, id, cancellationToken) is not { Status.State: BatchState.InProgress } found) return new SliceOutcome(false);
        if ((work.Input ?? (await batches.FindSlicesAsync(work.Batch, cancellationToken))?[work.Slice]) is not { } slice) return new SliceOutcome(false);
        var results = await batches.FindResultsAsync(work.Batch, work.Slice, cancellationToken);
        if (results.Completed + results.Failed == slice.Requests) return new SliceOutcome(true);
        // What has not been asked in time is not asked; the end tells so.
        if (found.Batch.ExpiresAt <= time.GetUtcNow()) return new SliceOutcome(false);

        var requests = await input.RequestsAsync(found.Batch, slice, cancellationToken) ?? throw new BatchStepException("The input file is gone.");
        var caller = await found.Batch.Caller.FindAsync(clients, time.GetUtcNow(), cancellationToken);
        var wait = await AskAsync(found.Batch, requests, results, caller, cancellationToken);
        await batches.WriteResultsAsync(work.Batch, work.Slice, results, cancellationToken);
        if (results.Failed > 0) BatchLog.Errors(logger, id, work.Slice, results.Failed, slice.Requests);
        return new SliceOutcome(true, wait is { } left ? Math.Max(1, (int)Math.Ceiling(left.TotalSeconds)) : null);
    }

    /// <returns>When what is left may be asked; null where nothing is.</returns>
    private async Task<TimeSpan?> AskAsync(Batch batch, IReadOnlyList<BatchRequest> requests, SliceResults results, Caller? caller, CancellationToken cancellationToken)
    {
        TimeSpan? wait = null;
        var mutex = new Lock();
        var left = Enumerable.Range(0, requests.Count).Where(place => !results.Has(place)).ToList();
        await Parallel.ForEachAsync(left, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken }, async (place, stop) =>
        {
            // Where one was told to wait, those behind it would be told the same.
            lock (mutex)
            {
                if (wait is not null) return;
            }

            var (isError, line, after) = await asking.RunAsync(batch, requests[place], caller, stop);
            lock (mutex)
            {
                if (after is { } told) wait = wait > told ? wait : told;
                else results.Add(place, isError, line);
            }
        });
        return wait;
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion;

/// <summary>
/// Brings the index to what the blob store says of one document: a pass from begin to end, and another one if anything came up meanwhile.
/// The status blob is the mailbox that decides this; the external event only makes a running pass give up early.
/// </summary>
public static class DocumentOrchestrator
{
    public const string Name = "Document";

    /// <summary>Raised when an event comes while a pass runs.</summary>
    public const string ChangedEvent = "changed";

    // A document that changes faster than it can be read ends as failed rather than never.
    private const int MaxRestarts = 100;

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    internal static readonly TaskOptions LastRetry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 30, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(5)));

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var work = context.GetInput<DocumentWork>()!;
        var changed = context.WaitForExternalEvent<string>(ChangedEvent);
        bool again;
        try
        {
            again = await PassAsync(context, work, changed);
        }
        catch (TaskFailedException failure)
        {
            again = await FailAsync(context, work.Document, StepFailedException.ReasonOf(failure));
        }

        // Signals that were raised are in the status blob too, so none is lost with the events.
        if (again) context.ContinueAsNew(work with { Restarts = work.Restarts + 1, Start = null }, preserveUnprocessedEvents: false);
    }

    private static async Task<bool> PassAsync(TaskOrchestrationContext context, DocumentWork work, Task changed)
    {
        var start = work.Start ?? await context.CallActivityAsync<PassStart>(DocumentActivities.Begin, work.Document, Retry);
        switch (start.Kind)
        {
            case PassKind.Nothing:
                return false;
            case PassKind.Remove:
                return await context.CallActivityAsync<bool>(DocumentActivities.Remove, work.Document, Retry);
            case PassKind.Reject:
                return await FailAsync(context, work.Document, start.Reason!);
            case PassKind.Ingest or PassKind.Again when work.Restarts >= MaxRestarts:
                return await FailAsync(context, work.Document, $"It changed {MaxRestarts} times while it was read.");
            case PassKind.Ingest:
                return await IngestAsync(context, start.Pass!, changed);
            default:
                return true;
        }
    }

    private static async Task<bool> IngestAsync(TaskOrchestrationContext context, PassRef pass, Task changed)
    {
        var outcome = await context.CallActivityAsync<StepOutcome>(DocumentActivities.Extract, pass, Retry);
        if (outcome.Result != StepResult.Done || changed.IsCompleted) return await StopAsync(context, pass, outcome);

        var chunked = await context.CallActivityAsync<ChunkedPass>(DocumentActivities.Chunk, pass, Retry);
        if (chunked.Outcome.Result != StepResult.Done) return await StopAsync(context, pass, chunked.Outcome);

        outcome = await EachAsync(context, DocumentActivities.Embed, pass, chunked.EmbedBatches, chunked, changed);
        if (outcome.Result != StepResult.Done) return await StopAsync(context, pass, outcome);
        outcome = await EachAsync(context, DocumentActivities.Index, pass, chunked.IndexBatches, chunked, changed);
        if (outcome.Result != StepResult.Done) return await StopAsync(context, pass, outcome);

        outcome = await context.CallActivityAsync<StepOutcome>(DocumentActivities.Publish, pass, Retry);
        return outcome.Result == StepResult.Done
            ? await context.CallActivityAsync<bool>(DocumentActivities.Ready, pass, LastRetry)
            : await StopAsync(context, pass, outcome);
    }

    // A few at a time, the next as soon as one has ended. All that were begun have ended when this returns: none writes into what comes after.
    private static async Task<StepOutcome> EachAsync(TaskOrchestrationContext context, string activity, PassRef pass, int count, ChunkedPass chunked, Task changed)
    {
        var running = new List<Task<StepOutcome>>();
        var failed = default(Exception);
        var outcome = StepOutcome.Done;
        for (var next = 0; next < count || running.Count > 0;)
        {
            while (next < count && running.Count < chunked.Parallelism && outcome.Result == StepResult.Done && failed is null)
            {
                if (changed.IsCompleted) outcome = StepOutcome.Superseded;
                else running.Add(context.CallActivityAsync<StepOutcome>(activity, new BatchRef(pass, next++, count, chunked.EmbedBatches), Retry));
            }

            if (running.Count == 0) break;
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            try
            {
                var result = await ended;
                if (result.Result != StepResult.Done && outcome.Result != StepResult.Rejected) outcome = result;
            }
            catch (TaskFailedException failure)
            {
                failed ??= failure;
            }
        }

        return failed is null ? outcome : throw failed;
    }

    // True: begin again.
    private static async Task<bool> StopAsync(TaskOrchestrationContext context, PassRef pass, StepOutcome outcome) =>
        outcome.Result != StepResult.Rejected || await FailAsync(context, pass.Document, outcome.Reason!);

    private static async Task<bool> FailAsync(TaskOrchestrationContext context, DocumentName document, string reason)
    {
        try
        {
            return await context.CallActivityAsync<bool>(DocumentActivities.Fail, new FailRequest(document, reason, Withdraw: true), Retry);
        }
        catch (TaskFailedException)
        {
            return await context.CallActivityAsync<bool>(DocumentActivities.Fail, new FailRequest(document, reason, Withdraw: false), LastRetry);
        }
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Running;

/// <summary>
/// Reads a batch's input, asks its slices, a few at a time and the next as soon as one has ended, and puts together what was answered. What has been answered is not asked again, and history is begun
/// anew before it grows long.
/// </summary>
public static class BatchOrchestrator
{
    public const string Name = "Batch";

    /// <summary>Slices between two beginnings of history: some 260 rows of it.</summary>
    internal const int SlicesPerGeneration = 64;

    private const int RoundsPerGeneration = 16;

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 6, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    /// <summary>How the id of a batch's orchestration begins.</summary>
    internal const string IdPrefix = "batch-";

    /// <summary>The one orchestration of a batch.</summary>
    public static string InstanceId(string id) => IdPrefix + id;

    /// <exception cref="InvalidOperationException">The batch's orchestration is under way.</exception>
    internal static Task ScheduleAsync(DurableTaskClient durable, string owner, string id, CancellationToken cancellationToken) =>
        durable.ScheduleNewOrchestrationInstanceAsync(Name, new BatchWork(owner, id), new StartOrchestrationOptions(InstanceId(id)), cancellationToken);

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var work = context.GetInput<BatchWork>()!;
        try
        {
            if (await PassAsync(context, work) is { } next) context.ContinueAsNew(work with { Next = next }, preserveUnprocessedEvents: false);
        }
        catch (TaskFailedException failure)
        {
            await context.CallActivityAsync<bool>(BatchActivities.Fail, new BatchFailure(work, StepFailure.ReasonOf<BatchStepException>(failure)), Retry);
        }
    }

    /// <returns>Where to go on; null when the batch has ended.</returns>
    private static async Task<int?> PassAsync(TaskOrchestrationContext context, BatchWork work)
    {
        var plan = await context.CallActivityAsync<BatchPlan>(BatchActivities.Begin, work, Retry);
        if (!plan.Goes) return null;
        var last = Math.Min(plan.Slices, work.Next + SlicesPerGeneration);
        var (isStopped, unfinished) = (false, last);
        Exception? failed = null;
        var running = new List<Task<(int Slice, bool GoesOn, bool IsDone)>>();
        for (var next = work.Next; next < last || running.Count > 0;)
        {
            // One that has to wait holds the others up: they have the same limits.
            while (next < last && running.Count < plan.Parallelism && !isStopped && failed is null && unfinished == last) running.Add(SliceAsync(context, WorkOf(next++)));
            if (running.Count == 0)
            {
                unfinished = Math.Min(unfinished, next);
                break;
            }

            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            try
            {
                var (slice, goesOn, isDone) = await ended;
                isStopped |= !goesOn;
                if (!isDone) unfinished = Math.Min(unfinished, slice);
            }
            catch (TaskFailedException failure)
            {
                failed ??= failure;
            }
        }

        if (failed is not null) throw failed;
        if (!isStopped && unfinished < plan.Slices) return unfinished;
        await context.CallActivityAsync<bool>(BatchActivities.End, work, Retry);
        return null;

        SliceWork WorkOf(int slice) => new(work, slice, plan.Page?.ElementAtOrDefault(slice - work.Next));
    }

    private static async Task<(int Slice, bool GoesOn, bool IsDone)> SliceAsync(TaskOrchestrationContext context, SliceWork work)
    {
        for (var round = 0; round < RoundsPerGeneration; round++)
        {
            var outcome = await context.CallActivityAsync<SliceOutcome>(BatchActivities.Ask, work, Retry);
            if (!outcome.GoesOn) return (work.Slice, false, false);
            if (outcome.WaitSeconds is not { } seconds) return (work.Slice, true, true);
            await context.CreateTimer(context.CurrentUtcDateTime + TimeSpan.FromSeconds(seconds), CancellationToken.None);
        }

        return (work.Slice, true, false);
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Evaluation.Running;

/// <summary>
/// Asks every question of every route, a few batches at a time, routes side by side so that what changes over time meets all of them; then sums up. A batch whose
/// results are written is not asked again, and history is begun anew before it grows long.
/// </summary>
public static class EvaluationOrchestrator
{
    public const string Name = "Evaluation";

    /// <summary>How the id of a run's orchestration begins.</summary>
    internal const string IdPrefix = "evaluation-";

    private const int BatchesPerGeneration = 64;

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 6, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    /// <summary>The one orchestration of a run.</summary>
    public static string InstanceId(string id) => IdPrefix + id;

    internal static Task ScheduleAsync(DurableTaskClient durable, string id, CancellationToken cancellationToken) =>
        durable.ScheduleNewOrchestrationInstanceAsync(Name, new EvaluationWork(id), new StartOrchestrationOptions(InstanceId(id)), cancellationToken);

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var work = context.GetInput<EvaluationWork>()!;
        try
        {
            if (await PassAsync(context, work) is { } next) context.ContinueAsNew(work with { Next = next }, preserveUnprocessedEvents: false);
        }
        catch (TaskFailedException failure)
        {
            await context.CallActivityAsync<bool>(EvaluationActivities.Fail, new EvaluationFailure(work.Id, StepFailure.ReasonOf<EvaluationStepException>(failure)), Retry);
        }
    }

    /// <returns>Where to go on; null when the run has ended.</returns>
    private static async Task<int?> PassAsync(TaskOrchestrationContext context, EvaluationWork work)
    {
        var plan = await context.CallActivityAsync<EvaluationPlan>(EvaluationActivities.Begin, work.Id, Retry);
        if (!plan.Goes) return null;
        var (next, all) = (work.Next, plan.Routes * plan.Batches);
        var last = Math.Min(all, next + BatchesPerGeneration);
        while (next < last)
        {
            var several = Enumerable.Range(next, Math.Min(plan.Concurrency, last - next))
                .Select(item => context.CallActivityAsync<bool>(EvaluationActivities.Ask, new EvaluationBatch(work.Id, item % plan.Routes, item / plan.Routes), Retry))
                .ToList();
            next += several.Count;
            var goOn = await Task.WhenAll(several);
            if (goOn.Contains(false)) next = last = all;
        }

        if (next < all) return next;
        await context.CallActivityAsync<bool>(EvaluationActivities.End, work.Id, Retry);
        return null;
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Evaluation.Running;

/// <summary>The activities of <see cref="EvaluationOrchestrator"/>. Each may run twice; what they take and give names things and holds none.</summary>
public sealed class EvaluationActivities(RunStore runs, RunEnd end, CollectionFingerprints collections, BatchAsking asking, TimeProvider time, ILogger<EvaluationActivities> logger)
{
    public const string Begin = "EvaluationBegin";
    public const string Ask = "EvaluationAsk";
    public const string End = "EvaluationEnd";
    public const string Fail = "EvaluationFail";

    [Function(Begin)]
    public Task<EvaluationPlan> BeginAsync([ActivityTrigger] string id, CancellationToken cancellationToken) => GuardAsync(
        Begin, id,
        async () =>
        {
            var status = await runs.ChangeAsync(
                id, before => before.State == RunState.Queued ? before with { State = RunState.Running, StartedAt = time.GetUtcNow() } : before, cancellationToken);
            if (status is null || status.IsTerminal || await runs.FindAsync(id, cancellationToken) is not { Run: var run }) return new EvaluationPlan(false);
            if (await runs.FindCollectionsAsync(id, cancellationToken) is null)
            {
                await runs.WriteCollectionsAsync(id, await collections.OfAsync(run, cancellationToken), cancellationToken);
                EvaluationLog.Started(logger, id, run.Questions, run.Routes.Count);
            }

            return new EvaluationPlan(true, run.Routes.Count, BatchAsking.Batches(run.Questions), run.Concurrency);
        });

    /// <returns>Whether the run is to go on.</returns>
    [Function(Ask)]
    public Task<bool> AskAsync([ActivityTrigger] EvaluationBatch batch, CancellationToken cancellationToken) =>
        GuardAsync(Ask, batch.Id, () => asking.RunAsync(batch, cancellationToken));

    [Function(End)]
    public Task<bool> EndAsync([ActivityTrigger] string id, CancellationToken cancellationToken) => GuardAsync(End, id, () => end.RunAsync(id, cancellationToken));

    [Function(Fail)]
    public Task<bool> FailAsync([ActivityTrigger] EvaluationFailure failure, CancellationToken cancellationToken) =>
        GuardAsync(Fail, failure.Id, () => end.FailAsync(failure.Id, failure.Reason, cancellationToken));

    // The words of services may quote content, so they end here.
    private async Task<T> GuardAsync<T>(string step, string id, Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            var reason = failure switch
            {
                EvaluationStepException => failure.Message,
                GatewayException refused => $"the gateway answered with status {refused.Status} ({refused.Error.Code}).",
                _ => ServiceFailure.Describe(failure),
            };
            EvaluationLog.StepFailed(logger, id, step, reason);
            throw new EvaluationStepException($"{step} failed: {reason}");
        }
    }
}

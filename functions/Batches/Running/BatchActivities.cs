using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Running;

/// <summary>The activities of <see cref="BatchOrchestrator"/>. Each may run twice; what they take and give names things and holds none.</summary>
public sealed class BatchActivities(BatchBegin begin, SliceAsking asking, BatchEnd end, ILogger<BatchActivities> logger)
{
    public const string Begin = "BatchBegin";
    public const string Ask = "BatchAsk";
    public const string End = "BatchEnd";
    public const string Fail = "BatchFail";

    [Function(Begin)]
    public Task<BatchPlan> BeginAsync([ActivityTrigger] BatchWork work, CancellationToken cancellationToken) => GuardAsync(Begin, work.Id, () => begin.RunAsync(work, cancellationToken));

    [Function(Ask)]
    public Task<SliceOutcome> AskAsync([ActivityTrigger] SliceWork work, CancellationToken cancellationToken) => GuardAsync(Ask, work.Batch.Id, () => asking.RunAsync(work, cancellationToken));

    /// <returns>True.</returns>
    [Function(End)]
    public Task<bool> EndAsync([ActivityTrigger] BatchWork work, CancellationToken cancellationToken) => GuardAsync(End, work.Id, () => end.RunAsync(work, reason: null, cancellationToken));

    /// <returns>True.</returns>
    [Function(Fail)]
    public Task<bool> FailAsync([ActivityTrigger] BatchFailure failure, CancellationToken cancellationToken) =>
        GuardAsync(Fail, failure.Batch.Id, () => end.RunAsync(failure.Batch, failure.Reason, cancellationToken));

    // Durable writes what a failed activity says into its history: so it says nothing but this app's own words.
    private async Task<T> GuardAsync<T>(string step, string id, Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception failure)
        {
            var reason = failure switch
            {
                BatchStepException => failure.Message,
                GatewayException refused => $"the gateway answered with status {refused.Status} ({refused.Error.Code}).",
                _ => ServiceFailure.Describe(failure),
            };
            BatchLog.StepFailed(logger, id, step, reason);
            throw new BatchStepException($"{step} failed: {reason}");
        }
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Evaluation.Running;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Evaluation;

/// <summary>Every hour: takes up runs that nobody is at work on, because the app died between a run and its orchestration, or Durable's state was lost. What was asked is not asked again.</summary>
public sealed class EvaluationTakeUp(RunStore runs, TimeProvider time, ILogger<EvaluationTakeUp> logger)
{
    private const int Page = 200;

    /// <summary>How long a run may be between its being written and its orchestration.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    [Function("EvaluationTakeUp")]
    public async Task RunAsync([TimerTrigger("0 43 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(durable);
        var begun = time.GetUtcNow() - Grace;
        string? next = null;
        do
        {
            (var page, next) = await runs.ListAsync(Page, next, cancellationToken);
            foreach (var (id, _) in page.Where(run => !run.Status.IsTerminal && run.Status.CreatedAt <= begun))
            {
                if (await LiveOrchestrations.HasAsync(durable, EvaluationOrchestrator.InstanceId(id), cancellationToken)) continue;
                await EvaluationOrchestrator.ScheduleAsync(durable, id, cancellationToken);
                EvaluationLog.TakenUp(logger, id);
            }
        }
        while (next is not null);
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Evaluation.Running;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Ingestion.Transfers;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Every hour: takes orchestrations that have ended, and began long ago, out of Durable's tables, which keep each for ever otherwise. What came of them is in the blobs of their rooms.
/// So many at a time that a run ends, whatever has gathered before there were any. Those of which there is one for each document or collection stay: they begin again under the same id, and
/// Durable takes out whatever has the id by then, a run under way too (Azure/durabletask #1398).
/// </summary>
public sealed partial class HistoryCleanup(HistoryOptions options, TimeProvider time, ILogger<HistoryCleanup> logger)
{
    /// <summary>Orchestrations that one run takes away at most.</summary>
    public const int MaxPurged = 5000;

    private const int PageSize = 200;
    private const int Parallelism = 4;

    /// <summary>How ids begin that come once.</summary>
    private static readonly string[] Prefixes =
    [
        DocumentBatch.IdPrefix, NoticeOrchestrator.IdPrefix, BatchOrchestrator.IdPrefix, EvaluationOrchestrator.IdPrefix, TransferOrchestrator.ImportPrefix, TransferOrchestrator.ExportPrefix,
    ];

    private static readonly OrchestrationRuntimeStatus[] Ended = [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    [Function("HistoryCleanup")]
    public async Task RunAsync([TimerTrigger("0 38 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(durable);
        var purged = 0;
        foreach (var prefix in Prefixes)
        {
            var query = new OrchestrationQuery(CreatedTo: time.GetUtcNow() - options.Keep, Statuses: Ended, InstanceIdPrefix: prefix, PageSize: PageSize, FetchInputsAndOutputs: false);
            await foreach (var page in durable.GetAllInstancesAsync(query).AsPages(pageSizeHint: PageSize).WithCancellation(cancellationToken))
            {
                await Parallel.ForEachAsync(
                    page.Values,
                    new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                    async (instance, stop) => Interlocked.Add(ref purged, (await durable.PurgeInstanceAsync(instance.InstanceId, stop)).PurgedInstanceCount));
                if (purged >= MaxPurged) break;
            }

            if (purged >= MaxPurged) break;
        }

        if (purged > 0) LogPurged(logger, purged);
    }

    [LoggerMessage(1020, LogLevel.Information, "{Count} orchestrations that ended were taken out of Durable's history.")]
    private static partial void LogPurged(ILogger logger, int count);
}

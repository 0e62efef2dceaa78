using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Hands each notice to an orchestration of its own, and sees to it that the collection's rest is waited for.</summary>
public sealed class NoticeFunctions(ILogger<NoticeFunctions> logger)
{
    private static readonly string[] Live =
    [
        nameof(OrchestrationRuntimeStatus.Running), nameof(OrchestrationRuntimeStatus.Pending), nameof(OrchestrationRuntimeStatus.Suspended),
    ];

    // A notice that has been told is not told again.
    private static readonly string[] LiveOrDone = [.. Live, nameof(OrchestrationRuntimeStatus.Completed)];

    [Function("DocumentNotices")]
    public async Task ReceiveAsync(
        [QueueTrigger(NoticeQueue.QueueName, Connection = "DocumentStorage")] string message, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(durable);
        Notice? notice = null;
        try
        {
            notice = JsonSerializer.Deserialize<Notice>(message);
        }
        catch (JsonException)
        {
        }

        if (notice is not { Id: not null, Type: not null, Collection: not null })
        {
            NoticeLog.NotANotice(logger, message.Length);
            return;
        }

        await TryStartAsync(durable, NoticeOrchestrator.Name, notice, NoticeOrchestrator.IdPrefix + notice.Id, LiveOrDone, cancellationToken);
        if (notice.Type == Notice.Idle) return;
        var idle = IdleOrchestrator.InstanceId(notice.Collection);
        if (!await TryStartAsync(durable, IdleOrchestrator.Name, new IdleWork(notice.Collection), idle, Live, cancellationToken))
            await durable.RaiseEventAsync(idle, IdleOrchestrator.MoreEvent, string.Empty, cancellationToken);
    }

    private static async Task<bool> TryStartAsync(DurableTaskClient durable, string name, object input, string instance, string[] unless, CancellationToken cancellationToken)
    {
        if (await durable.GetInstanceAsync(instance, cancellation: cancellationToken) is { } existing && unless.Contains(existing.RuntimeStatus.ToString())) return false;
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(instance) { DedupeStatuses = unless }, cancellationToken);
            return true;
        }
        catch (InvalidOperationException)
        {
            // Another message was faster (OrchestrationAlreadyExistsException).
            return false;
        }
    }
}

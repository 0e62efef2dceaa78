using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Progress;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>The activities of <see cref="NoticeOrchestrator"/> and <see cref="IdleOrchestrator"/>.</summary>
public sealed class NoticeActivities(WebhookSender webhook, EventGridSender events, CollectionProgress progress, NoticeQueue queue)
{
    public const string Webhook = "NoticeWebhook";
    public const string Event = "NoticeEvent";
    public const string Idle = "NoticeIdle";

    [Function(Webhook)]
    public Task<bool> SendWebhookAsync([ActivityTrigger] Notice notice, CancellationToken cancellationToken) => webhook.SendAsync(notice, cancellationToken);

    [Function(Event)]
    public Task<bool> SendEventAsync([ActivityTrigger] Notice notice, CancellationToken cancellationToken) => events.SendAsync(notice, cancellationToken);

    /// <summary>Tells that a collection has nothing left to do, where that is so and something has happened since it was told last.</summary>
    /// <returns>When it was told; null while something is under way.</returns>
    [Function(Idle)]
    public async Task<DateTimeOffset?> IdleAsync([ActivityTrigger] IdleWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var now = await progress.OfAsync(work.Collection, Caller.System, cancellationToken);
        if (!now.Idle) return null;
        if (work.ToldAt is { } told && now.UpdatedAt <= told) return told;
        return await queue.IdleAsync(work.Collection, cancellationToken);
    }
}

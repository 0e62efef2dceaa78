using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Takes down what is to be told, where somebody wants to be told: telling takes as long as it takes, and no pass waits for it.</summary>
public sealed class NoticeQueue(QueueServiceClient service, StatusStore statuses, CollectionStore collections, NoticeOptions options, TimeProvider time)
{
    public const string QueueName = "document-notices";

    private readonly QueueClient _queue = service.GetQueueClient(QueueName);
    private volatile bool _created;

    /// <summary>A document's pass has ended and no other follows. It may be called twice for one end.</summary>
    public async Task EndedAsync(DocumentName document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (!await IsWantedAsync(document.Collection, cancellationToken)) return;
        var status = await statuses.FindAsync(document, cancellationToken);
        if (status is { IsTerminal: false }) return;
        var at = status?.UpdatedAt ?? time.GetUtcNow();
        var type = status is null ? Notice.Deleted : status.State == DocumentState.Ready ? Notice.Ready : Notice.Failed;
        await SendAsync(
            new Notice(IdOf($"{document.Key}\n{type}\n{at.UtcTicks}"), type, document.Collection, document.Path, at, status?.Chunks, status?.Size, status?.Error), cancellationToken);
    }

    /// <summary>A collection has nothing left to do.</summary>
    /// <returns>The notice's time.</returns>
    public async Task<DateTimeOffset> IdleAsync(string collection, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await SendAsync(new Notice(IdOf($"{collection}\n{Notice.Idle}\n{now.UtcTicks}"), Notice.Idle, collection, null, now), cancellationToken);
        return now;
    }

    private static string IdOf(string what) => "msg_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..32];

    private async Task<bool> IsWantedAsync(string collection, CancellationToken cancellationToken) =>
        options.Topic is not null || await collections.FindWebhookAsync(collection, cancellationToken) is not null;

    private async Task SendAsync(Notice notice, CancellationToken cancellationToken)
    {
        if (!_created)
        {
            await _queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            _created = true;
        }

        await _queue.SendMessageAsync(JsonSerializer.Serialize(notice), cancellationToken);
    }
}

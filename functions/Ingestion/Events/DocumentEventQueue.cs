using Azure.Storage.Queues;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>Puts this app's own requests on the queue that Event Grid writes to.</summary>
public sealed class DocumentEventQueue(QueueServiceClient service, TimeProvider time)
{
    public const string QueueName = "document-events";
    public const string PoisonQueueName = "document-events-poison";

    private readonly QueueClient _queue = service.GetQueueClient(QueueName);
    private volatile bool _created;

    public async Task SendAsync(DocumentEvent request, CancellationToken cancellationToken)
    {
        if (!_created)
        {
            await _queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            _created = true;
        }

        await _queue.SendMessageAsync(DocumentEventMessage.Write(request, Guid.NewGuid(), time.GetUtcNow()), cancellationToken);
    }
}

using Azure;
using Azure.Storage.Queues;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>Since when events of documents wait for somebody to take them up: where that is long, nobody does, whatever else answers.</summary>
public sealed class DocumentEventBacklog(QueueServiceClient service)
{
    private readonly QueueClient[] _queues = [service.GetQueueClient(DocumentEventQueue.QueueName), service.GetQueueClient(DocumentEventQueue.PoisonQueueName)];

    /// <returns>When the event was sent that is next in either queue; null where none waits. One that is being tried again is not seen meanwhile.</returns>
    public async Task<DateTimeOffset?> OldestAsync(CancellationToken cancellationToken)
    {
        var oldest = await Task.WhenAll(_queues.Select(queue => OldestAsync(queue, cancellationToken)));
        return oldest.Min();
    }

    private static async Task<DateTimeOffset?> OldestAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        try
        {
            return (await queue.PeekMessageAsync(cancellationToken)).Value?.InsertedOn;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Generations;

namespace Serverless.Functions.Ingestion;

/// <summary>Where events come in: queue <c>document-events</c>, and its poison queue after five tries.</summary>
public sealed class DocumentEventFunctions(DocumentInbox inbox, CollectionRefresh refresh, GenerationStart generations, ILogger<DocumentEventFunctions> logger)
{
    [Function("DocumentEvents")]
    public async Task ReceiveAsync(
        [QueueTrigger(DocumentEventQueue.QueueName, Connection = "DocumentStorage")] string message,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken)
    {
        if (DocumentEventMessage.Parse(message) is not { } events)
        {
            IngestionLog.NotAnEvent(logger, message.Length);
            return;
        }

        await inbox.SignalAsync(durable, [.. events.Where(item => item.Kind != DocumentEventKind.Collection)], cancellationToken);
        foreach (var item in events.Where(item => item.Kind == DocumentEventKind.Collection))
        {
            // First, so that every document that is told of goes by what is decided here.
            if (item is { EachKind: DocumentEventKind.Refresh, Continuation: null }) await generations.RunAsync(durable, item.Document.Collection, cancellationToken);
            await refresh.RunAsync(item, cancellationToken);
        }
    }

    [Function("DocumentEventsPoison")]
    public async Task ReceivePoisonAsync(
        [QueueTrigger(DocumentEventQueue.PoisonQueueName, Connection = "DocumentStorage")] string message,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken)
    {
        foreach (var item in DocumentEventMessage.Parse(message) ?? [])
        {
            if (item.Kind != DocumentEventKind.Collection) await inbox.PoisonAsync(durable, item, cancellationToken);
        }
    }
}

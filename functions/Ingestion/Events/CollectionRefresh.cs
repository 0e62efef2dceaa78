using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>Says something of every document of a collection, a page of them for each message, so that no call takes long.</summary>
public sealed class CollectionRefresh(IngestionContainers containers, StatusStore statuses, DocumentEventQueue queue, ILogger<CollectionRefresh> logger)
{
    private const int DocumentsPerMessage = 250;

    public async Task RunAsync(DocumentEvent request, CancellationToken cancellationToken)
    {
        if (request.Only is { } state)
        {
            await RunOnlyAsync(request, state, cancellationToken);
            return;
        }

        var prefix = request.Document.Collection + "/";
        try
        {
            var pages = containers.Documents.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken).AsPages(request.Continuation, DocumentsPerMessage);
            await foreach (var page in pages)
            {
                foreach (var blob in page.Values)
                {
                    if (blob.Name.Length > prefix.Length)
                        await queue.SendAsync(new DocumentEvent(request.EachKind, new DocumentName(request.Document.Collection, blob.Name[prefix.Length..])), cancellationToken);
                }

                IngestionLog.CollectionRefreshed(logger, page.Values.Count);
                if (!string.IsNullOrEmpty(page.ContinuationToken)) await queue.SendAsync(request with { Continuation = page.ContinuationToken }, cancellationToken);
                return;
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // Nothing was ever dropped.
        }
    }

    private async Task RunOnlyAsync(DocumentEvent request, DocumentState state, CancellationToken cancellationToken)
    {
        var collection = request.Document.Collection;
        var (documents, next) = await statuses.ListAsync(collection, DocumentsPerMessage, request.Continuation, cancellationToken);
        var chosen = documents.Where(item => item.Status.State == state).ToList();
        foreach (var (path, _) in chosen) await queue.SendAsync(new DocumentEvent(request.EachKind, new DocumentName(collection, path)), cancellationToken);
        IngestionLog.CollectionRefreshed(logger, chosen.Count);
        if (next is not null) await queue.SendAsync(request with { Continuation = next }, cancellationToken);
    }
}

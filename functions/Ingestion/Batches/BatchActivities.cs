using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion.Batches;

/// <summary>The activities of <see cref="DocumentBatchOrchestrator"/>. Each runs at least once: a document that has had its turn is passed over.</summary>
public sealed class BatchActivities(DocumentActivities documents, DocumentInbox inbox, CollectionStore collections)
{
    public const string Together = "DocumentsTogether";
    public const string Apart = "DocumentsApart";

    // Most of a small document's time is waiting for storage, the model and the index.
    private const int Parallelism = 8;

    // Of a document that changes while it is read, before it is let go of.
    private const int MaxPasses = 3;

    /// <returns>What each document that has not come to its end must go on with.</returns>
    [Function(Together)]
    public async Task<DocumentWork[]> TogetherAsync([ActivityTrigger] DocumentBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var turn = new BatchTurn(batch.Id, collections);
        var left = new ConcurrentDictionary<DocumentName, DocumentWork>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(batch.Documents, parallel, async (document, stop) =>
        {
            if (await PassAsync(document, turn, stop) is { } work) left[document] = work;
        });
        return [.. batch.Documents.Where(left.ContainsKey).Select(document => left[document])];
    }

    /// <summary>Has each document's own orchestration go on with it.</summary>
    /// <returns>How many there are.</returns>
    /// <exception cref="StepFailedException">That of an earlier pass is still closing down; it is to be tried again.</exception>
    [Function(Apart)]
    public async Task<int> ApartAsync([ActivityTrigger] DocumentWork[] left, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(left);
        var closing = 0;
        foreach (var work in left)
        {
            if (!await inbox.ContinueAsync(durable, work, cancellationToken)) closing++;
        }

        return closing == 0 ? left.Length : throw new StepFailedException($"The last pass of {closing} documents has not closed down yet.");
    }

    /// <returns>Null: it has come to its end.</returns>
    private async Task<DocumentWork?> PassAsync(DocumentName document, BatchTurn turn, CancellationToken cancellationToken)
    {
        try
        {
            for (var pass = 1; pass <= MaxPasses; pass++)
            {
                var start = await documents.BeginAsync(document, turn, cancellationToken);
                if (start.Kind == PassKind.Ingest) return new DocumentWork(document, Start: start);
                // What comes next is for a generation that nobody asks yet.
                if (start.Then) break;
                var again = start.Kind switch
                {
                    PassKind.Nothing => false,
                    PassKind.Remove => await documents.RemoveAsync(document, cancellationToken),
                    PassKind.Reject => await documents.FailAsync(new FailRequest(document, start.Reason!, Withdraw: true), cancellationToken),
                    _ => true,
                };
                if (!again) return null;
            }
        }
        catch (StepFailedException)
        {
            // It has been logged. It is tried again by itself, as often and as slowly as any.
        }

        return new DocumentWork(document);
    }
}

using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>
/// Goes through an index by key for chunks that no document owns. It deletes none itself: it notes them in the manifest of their document, whose own
/// orchestration then drops them, so that a document that comes back meanwhile keeps what it writes.
/// </summary>
public sealed class IndexSweep(ChunkCensus census, StatusStore statuses, DocumentBlobs blobs, ManifestStore manifests, DocumentEventQueue queue)
{
    private const int Sparse = 250;

    /// <summary>Stretches that one step goes through.</summary>
    private const int RangesPerStep = 16;

    /// <summary>Goes on from <paramref name="range"/>.</summary>
    /// <returns>Where to go on; null at the end.</returns>
    public async Task<(KeyRange? Next, ReconcileCounts Counts)> RunAsync(
        string collection, string index, KeyRange range, DriftRules rules, CancellationToken cancellationToken)
    {
        var counts = new ReconcileCounts();
        KeyRange? next = range;
        for (var i = 0; i < RangesPerStep && next is { } current; i++)
        {
            var (total, chunks) = await census.ListAsync(index, collection, current.Least, current.Beyond, 0, cancellationToken);
            if (total > chunks.Count && current.IsDivisible)
            {
                next = current.Half();
                continue;
            }

            // Very many chunks under one prefix: one large document, read in pages.
            var all = chunks.ToList();
            while (all.Count < total)
            {
                (_, chunks) = await census.ListAsync(index, collection, current.Least, current.Beyond, all.Count, cancellationToken);
                if (chunks.Count == 0) break;
                all.AddRange(chunks);
            }

            foreach (var document in all.GroupBy(chunk => (chunk.Document, chunk.DocumentKey)))
            {
                if (await JudgeAsync(new DocumentName(collection, document.Key.Document), document.Key.DocumentKey, index, [.. document.Select(chunk => chunk.Id)], rules, cancellationToken))
                    counts = counts.With(Drift.ChunksOrphaned);
            }

            next = current.Next(total < Sparse);
        }

        return (next, counts);
    }

    private async Task<bool> JudgeAsync(DocumentName document, string key, string index, IReadOnlyList<string> ids, DriftRules rules, CancellationToken cancellationToken)
    {
        // A name that is not the key's is not one that this app wrote.
        if (document.Key != key || document.WhyNotStorable() is not null) return false;
        var held = await manifests.ReadAllAsync(document, cancellationToken);
        var accounted = held.SelectMany(item => item.Manifest.All).Where(item => item.Index == index).Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        var strays = ids.Where(id => !accounted.Contains(id)).Select(id => new IndexedId(index, id)).ToList();

        // The status is read after the manifest: what a pass writes is in the manifest before it is in the index, and its status says before both that it is under way.
        var hasBlob = await blobs.FindAsync(document, cancellationToken) is not null;
        var status = await statuses.FindAsync(document, cancellationToken);
        if (rules.JudgeChunks(hasBlob, status, ids.Count, strays.Count) == Drift.None) return false;
        if (strays.Count > 0 && !await manifests.TryAddPossibleAsync(document, held.Count == 0 ? 0 : held[^1].Generation, strays, cancellationToken)) return false;
        await queue.SendAsync(new DocumentEvent(DriftRules.Mend(Drift.ChunksOrphaned, hasBlob), document), cancellationToken);
        return true;
    }
}

using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Goes through a collection by name: blobs, statuses and texts, a page of each at a time.</summary>
public sealed class DocumentSweep(IngestionContainers containers, StatusStore statuses, ChunkCensus census, DocumentEventQueue queue)
{
    /// <summary>Names of each listing that one step reads.</summary>
    public const int PageSize = 500;

    private const int CountParallelism = 4;

    /// <summary>Compares a page of the listings, and tells of what has drifted.</summary>
    public async Task<(ListingPlaces Next, ReconcileCounts Counts)> CompareAsync(string collection, ListingPlaces places, DriftRules rules, CancellationToken cancellationToken)
    {
        var (documents, next) = await ReadAsync(collection, places, cancellationToken);
        var counts = new ReconcileCounts();
        foreach (var document in documents)
        {
            var name = new DocumentName(collection, document.Name);
            if (AccessSidecar.TargetOf(name) is { } target)
            {
                if (document.Blob is { } sidecar && rules.IsAccessOutdated(sidecar.LastModified, await statuses.FindAsync(target, cancellationToken)))
                    counts = await TellAsync(counts, Drift.AccessOutdated, target, hasBlob: true, null, cancellationToken);
                continue;
            }

            counts = counts with { Documents = counts.Documents + 1, Expected = counts.Expected + (rules.MayCount(document) ? document.Status!.Chunks : 0) };
            var drift = rules.Judge(document);
            if (drift != Drift.None) counts = await TellAsync(counts, drift, name, document.Blob is not null, document.Blob?.ETag, cancellationToken);
        }

        return (next, counts);
    }

    /// <summary>Counts the chunks of a page's documents in an index, many at once and then, where they are not as many as they should be, of each.</summary>
    public async Task<(ListingPlaces Next, ReconcileCounts Counts)> CountAsync(
        string collection, ListingPlaces places, string index, DriftRules rules, CancellationToken cancellationToken)
    {
        var (documents, next) = await ReadAsync(collection, places, cancellationToken);
        var counts = new ReconcileCounts();
        foreach (var several in documents.Where(rules.MayCount).Chunk(ChunkCensus.MaxKeys))
        {
            var expected = several.Sum(document => (long)document.Status!.Chunks);
            var seen = await census.CountAsync(index, Keys(several), cancellationToken);
            if (seen == expected)
            {
                counts = counts with { Seen = counts.Seen + seen };
                continue;
            }

            var each = new long[several.Length];
            await Parallel.ForAsync(
                0, several.Length, new ParallelOptions { MaxDegreeOfParallelism = CountParallelism, CancellationToken = cancellationToken },
                async (i, stop) => each[i] = await census.CountAsync(index, Keys([several[i]]), stop));
            for (var i = 0; i < several.Length; i++)
            {
                // Of too many, those that are too many are not known, so that the index is gone through for them.
                counts = counts with { Seen = counts.Seen + Math.Min(each[i], several[i].Status!.Chunks) };
                if (each[i] < several[i].Status!.Chunks)
                    counts = await TellAsync(counts, Drift.ChunksMissing, new DocumentName(collection, several[i].Name), hasBlob: true, null, cancellationToken);
            }
        }

        // What is under way is no drift, but it is known: chunks of it are not looked for a document.
        foreach (var several in documents.Where(document => document.Status is not null && !rules.MayCount(document)).Chunk(ChunkCensus.MaxKeys))
            counts = counts with { Seen = counts.Seen + await census.CountAsync(index, Keys(several), cancellationToken) };
        return (next, counts);

        string[] Keys(IEnumerable<ListedDocument> some) => [.. some.Select(document => new DocumentName(collection, document.Name).Key)];
    }

    private async Task<ReconcileCounts> TellAsync(ReconcileCounts counts, Drift drift, DocumentName document, bool hasBlob, string? etag, CancellationToken cancellationToken)
    {
        if (document.WhyNotStorable() is not null) return counts;
        var kind = DriftRules.Mend(drift, hasBlob);
        await queue.SendAsync(new DocumentEvent(kind, document, kind == DocumentEventKind.Created ? etag : null), cancellationToken);
        return counts.With(drift);
    }

    private async Task<(IReadOnlyList<ListedDocument> Documents, ListingPlaces Next)> ReadAsync(string collection, ListingPlaces places, CancellationToken cancellationToken)
    {
        var documents = PageAsync(
            containers.Documents, BlobTraits.None, collection, places.Documents,
            blob => new ListedBlob(blob.Properties.ETag?.ToString().Trim('"') ?? string.Empty, blob.Properties.LastModified ?? default), cancellationToken);
        var found = PageAsync(containers.Status, BlobTraits.Metadata, collection, places.Statuses, blob => StatusMetadata.Read(blob.Metadata), cancellationToken);
        var texts = PageAsync(containers.Extracted, BlobTraits.None, collection, places.Texts, blob => blob.Properties.LastModified ?? default, cancellationToken);
        await Task.WhenAll(documents, found, texts);
        return ListingMerge.Merge(places, await documents, await found, await texts);
    }

    private static async Task<ListingPage<T>> PageAsync<T>(
        BlobContainerClient container, BlobTraits traits, string collection, ListingPlace place, Func<BlobItem, T> read, CancellationToken cancellationToken)
    {
        var end = new ListingPlace(Ended: true);
        if (place.Ended) return new ListingPage<T>([], end);
        var prefix = collection + "/";
        try
        {
            var pages = container.GetBlobsAsync(new GetBlobsOptions { Traits = traits, Prefix = prefix }, cancellationToken).AsPages(place.Token, PageSize);
            await foreach (var page in pages)
            {
                var items = page.Values.Where(blob => blob.Name.Length > prefix.Length).Select(blob => KeyValuePair.Create(blob.Name[prefix.Length..], read(blob))).ToList();
                return new ListingPage<T>(items, string.IsNullOrEmpty(page.ContinuationToken) ? end : new ListingPlace(page.ContinuationToken));
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // No container: nothing of it was ever written, or all of it is gone.
        }

        return new ListingPage<T>([], end);
    }
}

using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Ingestion.Access;

namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>
/// One step of an import: a page of the source's listing. It only writes blobs into container <c>documents</c>; the events that follow do the rest, as for any other client of storage. What is there
/// already in the same state is left alone, so a step may run twice and a whole import may be asked for again.
/// </summary>
public sealed class ImportStep(TransferStore runs, ImportSources sources, BlobImport import, TimeProvider time)
{
    /// <summary>Blobs of one step.</summary>
    public const int PageSize = 100;

    private const int Parallelism = 8;

    public async Task<TransferWork> RunAsync(TransferWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var run = await runs.RequireAsync<ImportRun>(work, cancellationToken);
        var place = work.Import ?? new ImportPlace(null, new ImportCounts());
        var source = sources.Open(run.Source);
        var (blobs, next) = await ListAsync(source, run.Prefix, place.Token, cancellationToken);
        var outcomes = new ConcurrentDictionary<string, ImportOutcome>(StringComparer.Ordinal);
        // Who may see a document is there before the document is.
        var (sidecars, documents) = (blobs.Where(IsSidecar).ToList(), blobs.Where(blob => !IsSidecar(blob)).ToList());
        await CopyAsync(sidecars);
        if (next is not null) await CopyAsync(await LaterSidecarsAsync(source, blobs, documents, cancellationToken));
        await CopyAsync(documents);

        var all = blobs.Select(blob => outcomes[blob.Name]).ToList();
        var failures = all.Select(outcome => outcome.Failure).OfType<TransferFailure>().ToList();
        var counts = new ImportCounts(
            place.Counts.Seen + all.Count,
            place.Counts.Written + all.Count(outcome => outcome.Written is not null),
            place.Counts.Unchanged + all.Count(outcome => outcome.IsUnchanged),
            place.Counts.Failed + failures.Count,
            place.Counts.Bytes + all.Sum(outcome => outcome.Written ?? 0));
        await runs.WriteFailuresAsync(work, failures, cancellationToken);
        var ended = next is null;
        await runs.WriteAsync(
            run with { Counts = counts, Failures = counts.Failed, State = ended ? TransferState.Completed : TransferState.Running, EndedAt = ended ? time.GetUtcNow() : null }, cancellationToken);
        return work with { IsDone = ended, Import = new ImportPlace(next, counts) };

        Task CopyAsync(IEnumerable<BlobItem> some) => Parallel.ForEachAsync(
            some, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (blob, stop) => outcomes[blob.Name] = await import.CopyAsync(run, source, blob.Name, blob.Properties.ETag, blob.Properties.ContentLength ?? 0, stop));
    }

    private static bool IsSidecar(BlobItem blob) => AccessSidecar.TargetOf(new DocumentName("c", blob.Name)) is not null;

    // A sidecar's name follows its document's, so that of the last documents of a page may be on the next.
    private static async Task<IReadOnlyList<BlobItem>> LaterSidecarsAsync(BlobContainerClient source, List<BlobItem> page, List<BlobItem> documents, CancellationToken cancellationToken)
    {
        var later = new List<BlobItem>();
        foreach (var document in documents.Where(document => string.CompareOrdinal(document.Name + AccessSidecar.Suffix, page[^1].Name) > 0))
        {
            await foreach (var blob in source.GetBlobsAsync(new GetBlobsOptions { Prefix = document.Name + AccessSidecar.Suffix }, cancellationToken))
            {
                if (blob.Name == document.Name + AccessSidecar.Suffix) later.Add(blob);
                break;
            }
        }

        return later;
    }

    private static async Task<(List<BlobItem> Blobs, string? Next)> ListAsync(BlobContainerClient source, string prefix, string? token, CancellationToken cancellationToken)
    {
        try
        {
            var options = new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix.Length == 0 ? null : prefix };
            await foreach (var page in source.GetBlobsAsync(options, cancellationToken).AsPages(token, PageSize))
                return ([.. page.Values.Where(blob => !IsFolder(blob))], string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
            return ([], null);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            throw new TransferRefusedException("container_not_found", "There is no such container.");
        }
        catch (RequestFailedException failure) when (failure.Status is 401 or 403)
        {
            throw new TransferRefusedException("source_refused", $"Storage answered with status {failure.Status} ({failure.ErrorCode ?? "no code"}): the app's identity needs role Storage Blob Data Reader on the container.");
        }
    }

    // How accounts with folders, and tools for those without, mark one.
    private static bool IsFolder(BlobItem blob) =>
        (blob.Metadata is { } metadata && metadata.TryGetValue("hdi_isfolder", out var isFolder) && isFolder == "true") || (blob.Name.EndsWith('/') && blob.Properties.ContentLength is 0);
}

using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Deletes what nobody will ask for: intermediate results that a crash left, and manifests of documents that are gone.</summary>
public sealed class LeftoverSweep(IngestionContainers containers, TimeProvider time)
{
    // As the storage account's lifecycle rule says, which one machine does not have. No pass takes as long, and one that misses something begins again.
    private static readonly TimeSpan PipelineAge = TimeSpan.FromDays(7);
    private static readonly TimeSpan ManifestAge = TimeSpan.FromDays(1);

    /// <returns>How many blobs were deleted.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var deleted = await DeleteAsync(containers.Pipeline, time.GetUtcNow() - PipelineAge, _ => true, cancellationToken);
        // Eight bytes of each document's key: a million documents are 8 MB, and two that share them only leave a manifest for longer.
        var known = new HashSet<ulong>();
        foreach (var container in (BlobContainerClient[])[containers.Documents, containers.Status])
        {
            await foreach (var blob in ListAsync(container, cancellationToken))
            {
                if (DocumentName.FromBlobName(blob.Name) is { } document) known.Add(Prefix(document.Key));
            }
        }

        return deleted + await DeleteAsync(containers.Manifests, time.GetUtcNow() - ManifestAge, name => name.Length >= 64 && !known.Contains(Prefix(name)), cancellationToken);
    }

    private static async Task<int> DeleteAsync(BlobContainerClient container, DateTimeOffset before, Func<string, bool> condemned, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await foreach (var blob in ListAsync(container, cancellationToken))
        {
            if (!(blob.Properties.LastModified < before) || !condemned(blob.Name)) continue;
            try
            {
                // What has been written again meanwhile is somebody's.
                var conditions = new BlobRequestConditions { IfMatch = blob.Properties.ETag };
                if (await container.GetBlobClient(blob.Name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions, cancellationToken)) deleted++;
            }
            catch (RequestFailedException failure) when (failure.Status == 412)
            {
            }
        }

        return deleted;
    }

    private static async IAsyncEnumerable<BlobItem> ListAsync(BlobContainerClient container, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var blobs = container.GetBlobsAsync(cancellationToken: cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (blobs)
        {
            while (await NextAsync(blobs)) yield return blobs.Current;
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<BlobItem> blobs)
    {
        try
        {
            return await blobs.MoveNextAsync();
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return false;
        }
    }

    private static ulong Prefix(string key) =>
        ulong.TryParse(key.AsSpan(0, 16), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : 0;
}

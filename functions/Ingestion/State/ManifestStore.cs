using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.State;

/// <summary>
/// Keeps documents' manifests. A document has one orchestration, so a manifest has one writer; an activity that was given up and runs on all the same finds that
/// the manifest has gone past it, and ends before it writes to the index.
/// </summary>
public sealed class ManifestStore(IngestionContainers containers)
{
    private static readonly BlobHttpHeaders Json = new() { ContentType = "application/json" };

    public async Task<(DocumentManifest Manifest, ETag? ETag)> ReadAsync(DocumentName document, CancellationToken cancellationToken)
    {
        try
        {
            var blob = (await containers.Manifests.GetBlobClient(document.Key).DownloadContentAsync(cancellationToken)).Value;
            return (blob.Content.ToObjectFromJson<DocumentManifest>(WireJson.Options) ?? DocumentManifest.Empty, blob.Details.ETag);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return (DocumentManifest.Empty, null);
        }
    }

    /// <param name="read">What <see cref="ReadAsync"/> said, or an earlier write: null where there was none.</param>
    /// <exception cref="PassLostException">Somebody else has written it since.</exception>
    public async Task<ETag> WriteAsync(DocumentName document, DocumentManifest manifest, ETag? read, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        var conditions = read is { } etag ? new BlobRequestConditions { IfMatch = etag } : new BlobRequestConditions { IfNoneMatch = ETag.All };
        try
        {
            var options = new BlobUploadOptions { HttpHeaders = Json, Conditions = conditions };
            return (await containers.Manifests.GetBlobClient(document.Key).UploadAsync(BinaryData.FromObjectAsJson(manifest, WireJson.Options), options, cancellationToken)).Value.ETag;
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            throw new PassLostException(failure);
        }
    }

    /// <summary>
    /// Tells the document's next pass of chunks that may be in an index. It is not this manifest's writer, so it gives way: where the writer was faster, nothing
    /// is written and the next look finds them again.
    /// </summary>
    /// <returns>Whether it was written.</returns>
    public async Task<bool> TryAddPossibleAsync(DocumentName document, IReadOnlyList<IndexedId> ids, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        var blob = containers.Manifests.GetBlobClient(document.Key);
        var (manifest, conditions) = (DocumentManifest.Empty, new BlobRequestConditions { IfNoneMatch = ETag.All });
        try
        {
            var found = (await blob.DownloadContentAsync(cancellationToken)).Value;
            (manifest, conditions) = (found.Content.ToObjectFromJson<DocumentManifest>(WireJson.Options)!, new BlobRequestConditions { IfMatch = found.Details.ETag });
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
        }

        try
        {
            var all = manifest with { Possible = [.. manifest.Possible.Concat(ids).Distinct()] };
            await blob.UploadAsync(BinaryData.FromObjectAsJson(all, WireJson.Options), new BlobUploadOptions { Conditions = conditions }, cancellationToken);
            return true;
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            return false;
        }
    }

    public Task DeleteAsync(DocumentName document, CancellationToken cancellationToken) =>
        containers.Manifests.GetBlobClient(document.Key).DeleteIfExistsAsync(cancellationToken: cancellationToken);
}

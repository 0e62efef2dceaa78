using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.State;

/// <summary>Keeps documents' manifests. A document has one orchestration, so a manifest has one writer.</summary>
public sealed class ManifestStore(IngestionContainers containers)
{
    public async Task<DocumentManifest> ReadAsync(DocumentName document, CancellationToken cancellationToken) =>
        await containers.Manifests.ReadJsonAsync<DocumentManifest>(document.Key, cancellationToken) ?? DocumentManifest.Empty;

    public async Task WriteAsync(DocumentName document, DocumentManifest manifest, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        await containers.Manifests.WriteJsonAsync(document.Key, manifest, cancellationToken);
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

using Azure;

namespace Serverless.Functions.Ingestion.State;

/// <summary>
/// Keeps documents' manifests. A document has one orchestration, so a manifest has one writer; an activity that was given up and runs on all the same finds that
/// the manifest has gone past it, and ends before it writes to the index.
/// </summary>
public sealed class ManifestStore(IngestionContainers containers)
{
    public async Task<(DocumentManifest Manifest, ETag? ETag)> ReadAsync(DocumentName document, CancellationToken cancellationToken)
    {
        var (manifest, etag) = await containers.Manifests.ReadTaggedJsonAsync<DocumentManifest>(document.Key, cancellationToken);
        return (manifest ?? DocumentManifest.Empty, etag);
    }

    /// <param name="read">What <see cref="ReadAsync"/> said, or an earlier write: null where there was none.</param>
    /// <exception cref="PassLostException">Somebody else has written it since.</exception>
    public async Task<ETag> WriteAsync(DocumentName document, DocumentManifest manifest, ETag? read, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        try
        {
            return await containers.Manifests.WriteJsonIfAsync(document.Key, manifest, read, cancellationToken);
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
        var (manifest, etag) = await ReadAsync(document, cancellationToken);
        try
        {
            // With others among them, the possible ids are no longer what one pass has written.
            await WriteAsync(document, manifest with { Possible = [.. manifest.Possible.Concat(ids).Distinct()], Pass = null }, etag, cancellationToken);
            return true;
        }
        catch (PassLostException)
        {
            return false;
        }
    }

    public Task DeleteAsync(DocumentName document, CancellationToken cancellationToken) =>
        containers.Manifests.GetBlobClient(document.Key).DeleteIfExistsAsync(cancellationToken: cancellationToken);
}

using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;

namespace Serverless.Functions.Ingestion.State;

/// <summary>
/// Keeps documents' manifests. A document has one orchestration, so a manifest has one writer; an activity that was given up and runs on all the same finds that
/// the manifest has gone past it, and ends before it writes to the index.
/// </summary>
public sealed class ManifestStore(IngestionContainers containers)
{
    /// <param name="generation">Of the collection: each has a manifest of its own.</param>
    public async Task<(DocumentManifest Manifest, ETag? ETag)> ReadAsync(DocumentName document, int generation, CancellationToken cancellationToken)
    {
        var (manifest, etag) = await containers.Manifests.ReadTaggedJsonAsync<DocumentManifest>(Name(document, generation), cancellationToken);
        return (manifest ?? DocumentManifest.Empty, etag);
    }

    /// <summary>Every manifest of a document with the generation that it is of, in their order.</summary>
    public async Task<IReadOnlyList<(int Generation, DocumentManifest Manifest)>> ReadAllAsync(DocumentName document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        var found = new SortedDictionary<int, DocumentManifest>();
        try
        {
            await foreach (var blob in containers.Manifests.GetBlobsAsync(new GetBlobsOptions { Prefix = document.Key }, cancellationToken))
            {
                var rest = blob.Name.AsSpan(document.Key.Length);
                var generation = 0;
                if (rest.Length > 0 && (rest[0] != '.' || !int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out generation))) continue;
                if (await containers.Manifests.ReadJsonAsync<DocumentManifest>(blob.Name, cancellationToken) is { } manifest) found[generation] = manifest;
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // Nothing was ever written.
        }

        return [.. found.Select(item => (item.Key, item.Value))];
    }

    /// <param name="read">What <see cref="ReadAsync"/> said, or an earlier write: null where there was none.</param>
    /// <exception cref="PassLostException">Somebody else has written it since.</exception>
    public async Task<ETag> WriteAsync(DocumentName document, int generation, DocumentManifest manifest, ETag? read, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        try
        {
            return await containers.Manifests.WriteJsonIfAsync(Name(document, generation), manifest, read, cancellationToken);
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
    public async Task<bool> TryAddPossibleAsync(DocumentName document, int generation, IReadOnlyList<IndexedId> ids, CancellationToken cancellationToken)
    {
        var (manifest, etag) = await ReadAsync(document, generation, cancellationToken);
        try
        {
            // With others among them, the possible ids are no longer what one pass has written.
            await WriteAsync(document, generation, manifest with { Possible = [.. manifest.Possible.Concat(ids).Distinct()], Pass = null }, etag, cancellationToken);
            return true;
        }
        catch (PassLostException)
        {
            return false;
        }
    }

    public Task DeleteAsync(DocumentName document, int generation, CancellationToken cancellationToken) =>
        containers.Manifests.GetBlobClient(Name(document, generation)).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    private static string Name(DocumentName document, int generation) =>
        generation == 0 ? document.Key : string.Create(CultureInfo.InvariantCulture, $"{document.Key}.{generation}");
}

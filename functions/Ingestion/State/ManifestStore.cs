using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.State;

/// <summary>
/// Keeps documents' manifests. A document has one orchestration, so a manifest has one writer; an activity that was given up and runs on all the same finds that
/// the manifest has gone past it, and ends before it writes to the index. A manifest that was damaged is made again from what the indexes hold of the document.
/// </summary>
public sealed class ManifestStore(IngestionContainers containers, ChunkCensus census)
{
    /// <param name="generation">Of the collection: each has a manifest of its own.</param>
    public async Task<(DocumentManifest Manifest, ETag? ETag)> ReadAsync(DocumentName document, int generation, CancellationToken cancellationToken)
    {
        var blob = await containers.Manifests.ReadStateAsync<DocumentManifest>(Name(document, generation), cancellationToken, IsWhole);
        return (blob.IsDamaged ? await RecoverAsync(document, cancellationToken) : blob.Value ?? DocumentManifest.Empty, blob.ETag);
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
                var read = await containers.Manifests.ReadStateAsync<DocumentManifest>(blob.Name, cancellationToken, IsWhole);
                if (read.IsDamaged) found[generation] = await RecoverAsync(document, cancellationToken);
                else if (read.Value is { } manifest) found[generation] = manifest;
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

    // Nothing of it is certain, so the next pass writes all of it and drops what is not of it; vectors that are there it finds by their keys.
    private async Task<DocumentManifest> RecoverAsync(DocumentName document, CancellationToken cancellationToken)
    {
        var possible = new List<IndexedId>();
        foreach (var index in await census.IndexesAsync(cancellationToken))
        {
            for (long seen = 0, total = 1; seen < total;)
            {
                // Ids begin with the document's key and a hyphen, whose next character is a full stop.
                (total, var chunks) = await census.ListAsync(index, document.Collection, document.Key + "-", document.Key + ".", (int)seen, cancellationToken);
                if (chunks.Count == 0) break;
                possible.AddRange(chunks.Select(chunk => new IndexedId(index, chunk.Id)));
                seen += chunks.Count;
            }
        }

        return DocumentManifest.Empty with { Possible = possible };
    }

    private static bool IsWhole(DocumentManifest manifest) => manifest is { Certain: not null, Possible: not null };

    private static string Name(DocumentName document, int generation) =>
        generation == 0 ? document.Key : string.Create(CultureInfo.InvariantCulture, $"{document.Key}.{generation}");
}

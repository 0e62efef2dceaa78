using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Vectors;

namespace Serverless.Functions.Ingestion.Transfers.Restores;

/// <summary>
/// Vectors of an export on their way into a generation: <c>restored/{restore}/{document key}/{part}</c> of container <c>pipeline</c>, until the restore ends, or for the seven days that things lie
/// there. A document's own pass takes them in place of embedding: it alone knows which of them the document still has and who may see it now.
/// </summary>
public sealed class RestoredVectors(IngestionContainers containers)
{
    private const int Parallelism = 8;

    /// <param name="vectors">By their keys (<see cref="VectorKey"/>).</param>
    public async Task WriteAsync(string restore, DocumentName document, int part, IReadOnlyDictionary<string, ReadOnlyMemory<float>> vectors, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        using var content = VectorFile.Write(vectors);
        await containers.Pipeline.GetBlobClient($"{Folder(restore, document)}{FormattableString.Invariant($"{part:D8}")}").UploadAsync(content, overwrite: true, cancellationToken);
    }

    /// <returns>Those of a document that there are.</returns>
    public async Task<Dictionary<string, ReadOnlyMemory<float>>> FindAsync(string restore, DocumentName document, IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var found = new Dictionary<string, ReadOnlyMemory<float>>(StringComparer.Ordinal);
        await foreach (var blob in containers.Pipeline.GetBlobsAsync(new GetBlobsOptions { Prefix = Folder(restore, document) }, cancellationToken))
        {
            try
            {
                var content = (await containers.Pipeline.GetBlobClient(blob.Name).DownloadContentAsync(cancellationToken)).Value.Content;
                foreach (var (key, vector) in VectorFile.Read(content.ToMemory().Span, wanted)) found[key] = vector;
            }
            catch (RequestFailedException failure) when (failure.Status == 404)
            {
                // The restore has ended meanwhile.
            }

            if (found.Count == wanted.Count) break;
        }

        return found;
    }

    /// <summary>Deletes what a restore laid down.</summary>
    public async Task ClearAsync(string restore, CancellationToken cancellationToken)
    {
        try
        {
            await Parallel.ForEachAsync(
                containers.Pipeline.GetBlobsAsync(new GetBlobsOptions { Prefix = $"restored/{restore}/" }, cancellationToken),
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (blob, stop) => await containers.Pipeline.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: stop));
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // Nothing was ever written.
        }
    }

    private static string Folder(string restore, DocumentName document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return $"restored/{restore}/{document.Key}/";
    }
}

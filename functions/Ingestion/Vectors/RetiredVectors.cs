using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Vectors;

/// <summary>
/// Vectors of documents that have just gone, kept for a day: a document that is renamed is deleted here and created there, in any order. A document's vectors lie in
/// one blob (one for each 2,048 of a large one) that is called by the least of their keys, so that the same content, or nearly the same, asks for the same name (MinHash).
/// No text is kept: keys are hashes.
/// </summary>
public sealed class RetiredVectors(IngestionContainers containers, TimeProvider time)
{
    private const string Prefix = "vectors/";
    private const int KeysPerBlob = 2048;
    private static readonly TimeSpan Keep = TimeSpan.FromDays(1);
    private static readonly TimeSpan PurgeEvery = TimeSpan.FromHours(1);

    private TimeSpan _nextPurge;

    /// <summary>Which keys lie in which blob, should the document that they are of have gone.</summary>
    public static IReadOnlyDictionary<string, string[]> Shelve(string model, IReadOnlyCollection<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var distinct = keys.Distinct(StringComparer.Ordinal).ToList();
        var bits = 0;
        while (distinct.Count >> bits > KeysPerBlob) bits++;
        return distinct.GroupBy(key => bits == 0 ? 0 : Convert.ToUInt32(key[..8], 16) >> (32 - bits))
            .Select(shelf => shelf.Order(StringComparer.Ordinal).ToArray())
            .ToDictionary(shelf => $"{Prefix}{model}/{shelf[0]}", StringComparer.Ordinal);
    }

    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => await containers.Pipeline.GetBlobClient(name).ExistsAsync(cancellationToken);

    public async Task<Dictionary<string, ReadOnlyMemory<float>>> FindAsync(string name, IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        try
        {
            var blob = (await containers.Pipeline.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value;
            return blob.Details.LastModified + Keep < time.GetUtcNow() ? [] : VectorFile.Read(blob.Content.ToMemory().Span, wanted);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return [];
        }
    }

    public async Task WriteAsync(string name, IReadOnlyDictionary<string, ReadOnlyMemory<float>> vectors, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (vectors.Count == 0) return;
        await containers.EnsureCreatedAsync(cancellationToken);
        using var content = VectorFile.Write(vectors);
        await containers.Pipeline.GetBlobClient(name).UploadAsync(content, overwrite: true, cancellationToken);
        await PurgeAsync(cancellationToken);
    }

    private async Task PurgeAsync(CancellationToken cancellationToken)
    {
        var now = time.GetSteadyNow();
        if (now < _nextPurge) return;
        _nextPurge = now + PurgeEvery;
        var latest = time.GetUtcNow() - Keep;
        await foreach (var blob in containers.Pipeline.GetBlobsAsync(new GetBlobsOptions { Prefix = Prefix }, cancellationToken))
        {
            if (blob.Properties.LastModified < latest) await containers.Pipeline.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
    }
}

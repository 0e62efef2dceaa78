using System.Collections.Concurrent;
using Azure;
using Azure.Search.Documents.Indexes.Models;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Creates indexes when they are first written to, once, whoever asks.</summary>
public sealed class ChunkIndexes(SearchClients clients, IOptions<ChunkIndexOptions> options)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<int>>> _dimensions = new(StringComparer.Ordinal);

    /// <exception cref="ChunkIndexException">The index holds vectors of another length.</exception>
    public async Task EnsureAsync(string index, int dimensions, CancellationToken cancellationToken)
    {
        var created = _dimensions.GetOrAdd(index, name => new Lazy<Task<int>>(() => GetOrCreateAsync(name, dimensions)));
        int existing;
        try
        {
            existing = await created.Value.WaitAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _dimensions.TryRemove(KeyValuePair.Create(index, created));
            throw;
        }

        if (existing != dimensions)
        {
            throw new ChunkIndexException(
                $"Index '{index}' holds vectors of {existing} numbers, but the embeddings route now gives {dimensions}. Use a new route name for a new model and ingest again.",
                isTransient: false);
        }
    }

    /// <summary>Gives an index of an earlier version what later ones have, before it is written to again.</summary>
    /// <returns>False when there is no such index.</returns>
    public async Task<bool> UpgradeAsync(string index, CancellationToken cancellationToken)
    {
        if (_dimensions.TryGetValue(index, out var known) && known is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) return true;
        try
        {
            var dimensions = Dimensions((await clients.Indexes.GetIndexAsync(index, cancellationToken)).Value);
            await EnsureAsync(index, dimensions, cancellationToken);
            return true;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return false;
        }
    }

    /// <summary>The length of an index's vectors as the service has it; null when there is no such index.</summary>
    public async Task<int?> FindDimensionsAsync(string index, CancellationToken cancellationToken)
    {
        try
        {
            return Dimensions((await clients.Indexes.GetIndexAsync(index, cancellationToken)).Value);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>The index has been seen to be gone.</summary>
    public void Forget(string index) => _dimensions.TryRemove(index, out _);

    // Shared by all who wait, so no caller's token may end it.
    private async Task<int> GetOrCreateAsync(string index, int dimensions)
    {
        try
        {
            var found = (await clients.Indexes.GetIndexAsync(index)).Value;
            var dimensionsFound = Dimensions(found);
            // Fields may be added to an index in use; chunks that are there have nothing in them until they are written again.
            var missing = ((SearchField[])[ChunkFields.NormalizedField(options.Value.Analyzer), ChunkFields.UsersField(), ChunkFields.VectorKeyField(), ChunkFields.MetadataField()]).Where(field => found.Fields.All(other => other.Name != field.Name)).ToList();
            foreach (var field in missing) found.Fields.Add(field);
            var hasSemantic = found.SemanticSearch?.Configurations.Any(configuration => configuration.Name == ChunkFields.SemanticConfiguration) == true;
            if (!hasSemantic) (found.SemanticSearch ??= new SemanticSearch()).Configurations.Add(ChunkFields.Semantic());
            if (missing.Count > 0 || !hasSemantic) await clients.Indexes.CreateOrUpdateIndexAsync(found);

            return dimensionsFound;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
        }

        try
        {
            return Dimensions((await clients.Indexes.CreateIndexAsync(ChunkFields.Create(index, dimensions, options.Value.Analyzer))).Value);
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            return Dimensions((await clients.Indexes.GetIndexAsync(index)).Value);
        }
    }

    private static int Dimensions(SearchIndex index) =>
        index.Fields.FirstOrDefault(field => field.Name == ChunkFields.Embedding)?.VectorSearchDimensions
        ?? throw new ChunkIndexException($"Index '{index.Name}' is not one of this app's: it has no field '{ChunkFields.Embedding}'.", isTransient: false);
}

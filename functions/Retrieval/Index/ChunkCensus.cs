using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Counts and lists what indexes hold, for whoever compares it with what they should.</summary>
public sealed class ChunkCensus(SearchClients clients, ChunkIndexes indexes)
{
    /// <summary>Keys that one filter may name: 64 digits each, of the 64 KB that a filter may have.</summary>
    public const int MaxKeys = 200;

    /// <summary>Chunks that one page lists, the service's own limit.</summary>
    public const int MaxPage = 1000;

    /// <summary>Names of all indexes of this app.</summary>
    public async Task<IReadOnlyList<string>> IndexesAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var name in clients.Indexes.GetIndexNamesAsync(cancellationToken))
        {
            if (IndexName.IsOurs(name)) names.Add(name);
        }

        return names;
    }

    /// <summary>Chunks of a collection; 0 where there is no such index.</summary>
    public Task<long> CountAsync(string index, string collection, CancellationToken cancellationToken) =>
        CountFilteredAsync(index, SearchFilter.Create($"collection eq {collection}"), cancellationToken);

    /// <summary>Chunks of some documents together, by their keys, at most <see cref="MaxKeys"/>.</summary>
    public Task<long> CountAsync(string index, IReadOnlyCollection<string> documentKeys, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(documentKeys.Count, MaxKeys);
        var keys = string.Join(',', documentKeys);
        return documentKeys.Count == 0 ? Task.FromResult(0L) : CountFilteredAsync(index, SearchFilter.Create($"search.in(documentKey, {keys}, ',')"), cancellationToken);
    }

    /// <summary>Chunks of a collection with keys in [from, beyond): how many there are, and the first <see cref="MaxPage"/> of them past <paramref name="skip"/>.</summary>
    public async Task<(long Total, IReadOnlyList<CountedChunk> Chunks)> ListAsync(
        string index, string collection, string from, string beyond, int skip, CancellationToken cancellationToken)
    {
        var options = new SearchOptions
        {
            Filter = SearchFilter.Create($"collection eq {collection} and id ge {from} and id lt {beyond}"),
            IncludeTotalCount = true,
            Size = MaxPage,
            Skip = skip,
        };
        foreach (var field in (string[])[ChunkFields.Id, ChunkFields.Document, ChunkFields.DocumentKey]) options.Select.Add(field);
        return await FindAsync(index, options, cancellationToken);
    }

    /// <summary>A collection of an index that is not among those named; null when there is none.</summary>
    public async Task<string?> FindOtherCollectionAsync(string index, IReadOnlyCollection<string> known, CancellationToken cancellationToken)
    {
        var names = string.Join('|', known);
        var options = new SearchOptions { Size = 1 };
        if (known.Count > 0) options.Filter = "not " + SearchFilter.Create($"search.in(collection, {names}, '|')");
        options.Select.Add(ChunkFields.Collection);
        try
        {
            if (!await indexes.UpgradeAsync(index, cancellationToken)) return null;
            var response = await clients.Chunks(index).SearchAsync<SearchDocument>("*", options, cancellationToken);
            await foreach (var result in response.Value.GetResultsAsync().WithCancellation(cancellationToken)) return result.Document.GetString(ChunkFields.Collection);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            indexes.Forget(index);
        }

        return null;
    }

    private async Task<long> CountFilteredAsync(string index, string filter, CancellationToken cancellationToken) =>
        (await FindAsync(index, new SearchOptions { Filter = filter, IncludeTotalCount = true, Size = 0 }, cancellationToken)).Total;

    private async Task<(long Total, IReadOnlyList<CountedChunk> Chunks)> FindAsync(string index, SearchOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var response = await clients.Chunks(index).SearchAsync<SearchDocument>("*", options, cancellationToken);
            var chunks = new List<CountedChunk>();
            if (options.Size > 0)
            {
                await foreach (var result in response.Value.GetResultsAsync().WithCancellation(cancellationToken))
                {
                    chunks.Add(new CountedChunk(result.Document.GetString(ChunkFields.Id), result.Document.GetString(ChunkFields.Document), result.Document.GetString(ChunkFields.DocumentKey)));
                    if (chunks.Count == options.Size) break;
                }
            }

            return (response.Value.TotalCount ?? 0, chunks);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            indexes.Forget(index);
            return (0, []);
        }
    }
}

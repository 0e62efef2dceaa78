using System.Text.Json.Serialization;
using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>
/// Vectors that an index holds already, by the key of their text or of their chunk. The service shows what was written only after a while, and shows at most
/// 1,000 at once: what is not found may be there all the same.
/// </summary>
public sealed class ChunkVectors(SearchClients clients, ChunkIndexes indexes)
{
    private const int KeysPerQuery = 250;
    private const int MaxResults = 1000;

    /// <param name="vectorKeys">Each made of letters and digits.</param>
    public Task<Dictionary<string, ReadOnlyMemory<float>>> FindByKeyAsync(string index, IReadOnlyCollection<string> vectorKeys, CancellationToken cancellationToken) =>
        FindAsync(index, ChunkFields.VectorKey, vectorKeys, row => row.VectorKey, cancellationToken);

    /// <param name="ids">Chunks' ids.</param>
    public Task<Dictionary<string, ReadOnlyMemory<float>>> FindByIdAsync(string index, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        FindAsync(index, ChunkFields.Id, ids, row => row.Id, cancellationToken);

    private async Task<Dictionary<string, ReadOnlyMemory<float>>> FindAsync(
        string index, string field, IReadOnlyCollection<string> keys, Func<Row, string?> keyOf, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, ReadOnlyMemory<float>>(StringComparer.Ordinal);
        try
        {
            if (keys.Count == 0 || !await indexes.UpgradeAsync(index, cancellationToken)) return found;
            foreach (var some in keys.Chunk(KeysPerQuery)) await FindAsync(index, field, some, keyOf, found, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            indexes.Forget(index);
        }

        return found;
    }

    private async Task FindAsync(
        string index, string field, string[] keys, Func<Row, string?> keyOf, Dictionary<string, ReadOnlyMemory<float>> found, CancellationToken cancellationToken)
    {
        var options = new SearchOptions { Filter = $"search.in({field}, {SearchFilter.Create($"{string.Join('|', keys)}")}, '|')", Size = MaxResults };
        options.Select.Add(field);
        options.Select.Add(ChunkFields.Embedding);
        var response = await clients.Chunks(index).SearchAsync<Row>("*", options, cancellationToken);
        var seen = 0;
        await foreach (var result in response.Value.GetResultsAsync().WithCancellation(cancellationToken))
        {
            if (keyOf(result.Document) is { } key && result.Document.Embedding is { Length: > 0 } vector) found[key] = vector;
            // The client follows the service's pages past the size that was asked for.
            if (++seen == MaxResults) break;
        }
    }

    private sealed class Row
    {
        [JsonPropertyName(ChunkFields.Id)]
        public string? Id { get; init; }

        [JsonPropertyName(ChunkFields.VectorKey)]
        public string? VectorKey { get; init; }

        [JsonPropertyName(ChunkFields.Embedding)]
        public float[]? Embedding { get; init; }
    }
}

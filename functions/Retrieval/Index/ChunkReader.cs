using System.Text.Json.Serialization;
using Azure;
using Azure.Search.Documents;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Reads whole chunks by their ids, vectors and access included: for who copies an index and shows nobody what it holds.</summary>
public sealed class ChunkReader(SearchClients clients, ChunkIndexes indexes)
{
    private const int IdsPerQuery = 250;

    /// <returns>Those that are there, in no order; none where there is no such index. The service shows what was written only after a while.</returns>
    public async Task<IReadOnlyList<IndexedChunk>> ReadAsync(string index, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var found = new List<IndexedChunk>(ids.Count);
        try
        {
            if (ids.Count == 0 || !await indexes.UpgradeAsync(index, cancellationToken)) return found;
            foreach (var some in ids.Chunk(IdsPerQuery))
            {
                var options = new SearchOptions { Filter = $"search.in({ChunkFields.Id}, {SearchFilter.Create($"{string.Join('|', some)}")}, '|')", Size = some.Length };
                foreach (var field in Fields) options.Select.Add(field);
                var response = await clients.Chunks(index).SearchAsync<Row>("*", options, cancellationToken);
                await foreach (var result in response.Value.GetResultsAsync().WithCancellation(cancellationToken))
                {
                    if (result.Document.Embedding is { Length: > 0 }) found.Add(result.Document.ToChunk());
                }
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            indexes.Forget(index);
        }

        return found;
    }

    private static readonly string[] Fields =
    [
        ChunkFields.Id, ChunkFields.Collection, ChunkFields.Document, ChunkFields.DocumentKey, ChunkFields.Heading, ChunkFields.Start, ChunkFields.End, ChunkFields.Page, ChunkFields.Ordinal,
        ChunkFields.Tokens, ChunkFields.Text, ChunkFields.Groups, ChunkFields.Users, ChunkFields.Metadata, ChunkFields.VectorKey, ChunkFields.Embedding,
    ];

    private sealed class Row
    {
        [JsonPropertyName(ChunkFields.Id)]
        public required string Id { get; init; }

        [JsonPropertyName(ChunkFields.Collection)]
        public required string Collection { get; init; }

        [JsonPropertyName(ChunkFields.Document)]
        public required string Document { get; init; }

        [JsonPropertyName(ChunkFields.DocumentKey)]
        public required string DocumentKey { get; init; }

        [JsonPropertyName(ChunkFields.Heading)]
        public string? Heading { get; init; }

        [JsonPropertyName(ChunkFields.Start)]
        public int Start { get; init; }

        [JsonPropertyName(ChunkFields.End)]
        public int End { get; init; }

        [JsonPropertyName(ChunkFields.Page)]
        public int? Page { get; init; }

        [JsonPropertyName(ChunkFields.Ordinal)]
        public int? Ordinal { get; init; }

        [JsonPropertyName(ChunkFields.Tokens)]
        public int? Tokens { get; init; }

        [JsonPropertyName(ChunkFields.Text)]
        public required string Text { get; init; }

        [JsonPropertyName(ChunkFields.Groups)]
        public string[]? Groups { get; init; }

        [JsonPropertyName(ChunkFields.Users)]
        public string[]? Users { get; init; }

        [JsonPropertyName(ChunkFields.Metadata)]
        public MetadataRow[]? Metadata { get; init; }

        [JsonPropertyName(ChunkFields.VectorKey)]
        public string? VectorKey { get; init; }

        [JsonPropertyName(ChunkFields.Embedding)]
        public float[]? Embedding { get; init; }

        public IndexedChunk ToChunk() => new()
        {
            Id = Id,
            Collection = Collection,
            Document = Document,
            DocumentKey = DocumentKey,
            Heading = Heading,
            Start = Start,
            End = End,
            Page = Page,
            Ordinal = Ordinal ?? 0,
            Tokens = Tokens ?? 0,
            Text = Text,
            Groups = Groups ?? [],
            Users = Users ?? [],
            Metadata = (Metadata ?? []).ToDictionary(item => item.Name, item => item.Value ?? string.Empty, StringComparer.Ordinal),
            VectorKey = VectorKey,
            Embedding = Embedding,
        };
    }

    private sealed class MetadataRow
    {
        [JsonPropertyName(ChunkFields.MetadataName)]
        public required string Name { get; init; }

        [JsonPropertyName(ChunkFields.MetadataValue)]
        public string? Value { get; init; }
    }
}

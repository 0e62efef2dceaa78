using System.Text;
using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Finds chunks: by words, by vector, or by both in one query that the service fuses (RRF), seen through the collection and the caller's groups.</summary>
public sealed class ChunkSearch(SearchClients clients)
{
    // What the service's simple query syntax would take for operators.
    private const string Operators = "+|\"()-*~\\";

    // Neighbours that enter the fusion: the service's advice is 50.
    private const int Neighbours = 50;

    /// <summary>The best <paramref name="top"/> chunks, best first; none when the index does not exist yet.</summary>
    /// <param name="mode">One of <see cref="RetrievalMode.All"/>.</param>
    public async Task<IReadOnlyList<FoundChunk>> SearchAsync(
        string index, string query, ReadOnlyMemory<float> vector, string collection, Caller caller, int top, CancellationToken cancellationToken, string mode = RetrievalMode.Hybrid)
    {
        var options = new SearchOptions
        {
            Size = top,
            Filter = Filter(collection, caller),
            QueryType = SearchQueryType.Simple,
            SearchMode = SearchMode.Any,
        };
        if (mode != RetrievalMode.Text)
        {
            options.VectorSearch = new VectorSearchOptions
            {
                Queries = { new VectorizedQuery(vector) { KNearestNeighborsCount = Math.Max(top, Neighbours), Fields = { ChunkFields.Embedding } } },
                FilterMode = VectorFilterMode.PreFilter,
            };
        }

        foreach (var field in (string[])[ChunkFields.Id, ChunkFields.Document, ChunkFields.Heading, ChunkFields.Start, ChunkFields.End, ChunkFields.Page, ChunkFields.Text])
            options.Select.Add(field);

        using var wait = RequestTiming.Upstream();
        try
        {
            var response = await clients.Chunks(index).SearchAsync<SearchDocument>(mode == RetrievalMode.Vector ? null : PlainWords(query), options, cancellationToken);
            var found = new List<FoundChunk>(top);
            await foreach (var result in response.Value.GetResultsAsync().WithCancellation(cancellationToken))
            {
                // The client follows the service's pages past the size that was asked for.
                found.Add(Read(result));
                if (found.Count == top) break;
            }

            return found;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return [];
        }
    }

    /// <summary>The OData filter: values are escaped, never pasted.</summary>
    internal static string Filter(string collection, Caller caller)
    {
        var within = SearchFilter.Create($"collection eq {collection}");
        if (caller.IsOperator || caller.Groups.Contains("*")) return within;
        var groups = string.Join('|', caller.Groups.Where(group => !group.Contains('|', StringComparison.Ordinal)));
        return groups.Length == 0
            ? within + " and not groups/any()"
            : within + " and (not groups/any() or " + SearchFilter.Create($"groups/any(g: search.in(g, {groups}, '|'))") + ")";
    }

    private static string PlainWords(string query)
    {
        var words = new StringBuilder(query.Length);
        foreach (var c in query) words.Append(Operators.Contains(c) || char.IsControl(c) ? ' ' : c);
        var text = words.ToString();
        // An empty text would match everything.
        return string.IsNullOrWhiteSpace(text) ? "?" : text;
    }

    private static FoundChunk Read(SearchResult<SearchDocument> result)
    {
        var document = result.Document;
        return new FoundChunk(
            document.GetString(ChunkFields.Id),
            document.GetString(ChunkFields.Document),
            document.GetString(ChunkFields.Heading),
            document.GetInt32(ChunkFields.Start) ?? 0,
            document.GetInt32(ChunkFields.End) ?? 0,
            document.GetInt32(ChunkFields.Page),
            document.GetString(ChunkFields.Text),
            result.Score ?? 0);
    }
}

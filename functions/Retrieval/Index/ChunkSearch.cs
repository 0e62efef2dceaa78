using System.Text;
using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Retrieval.Context;
using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Finds chunks by words or by vector, seen through the collection and the caller's groups.</summary>
public sealed class ChunkSearch(SearchClients clients, ChunkIndexes indexes)
{
    // What the service's simple query syntax would take for operators.
    private const string Operators = "+|\"()-*~\\";

    private const char ListDelimiter = '|';

    /// <summary>The <paramref name="top"/> chunks nearest to a vector, nearest first, each with its similarity; none when the index does not exist yet.</summary>
    public Task<IReadOnlyList<FoundChunk>> ByVectorAsync(
        string index, ReadOnlyMemory<float> vector, string collection, Caller caller, int top, CancellationToken cancellationToken, MetadataFilter? filter = null)
    {
        var options = Options(collection, caller, top, filter);
        options.VectorSearch = new VectorSearchOptions
        {
            Queries = { new VectorizedQuery(vector) { KNearestNeighborsCount = top, Fields = { ChunkFields.Embedding } } },
            FilterMode = VectorFilterMode.PreFilter,
        };
        return SearchAsync(index, null, options, top, cancellationToken);
    }

    /// <summary>The <paramref name="top"/> chunks that share most with a question by their words (BM25), best first; none when the index does not exist yet.</summary>
    public Task<IReadOnlyList<FoundChunk>> ByWordsAsync(
        string index, string question, string collection, Caller caller, int top, CancellationToken cancellationToken, MetadataFilter? filter = null)
    {
        var options = Options(collection, caller, top, filter);
        options.QueryType = SearchQueryType.Simple;
        options.SearchMode = SearchMode.Any;
        return SearchAsync(index, PlainWords(UnspacedWords.OfQuestion(question)) + WordForms.Of(question), options, top, cancellationToken);
    }

    /// <summary>The <paramref name="top"/> (at most 50) chunks that the service's semantic ranker puts first, of those that it finds by words and by the vector; none when the index does not exist yet.</summary>
    /// <exception cref="RequestFailedException">The service has no semantic ranker (<see cref="HasNoSemanticRanker"/>), or failed.</exception>
    public Task<IReadOnlyList<FoundChunk>> BySemanticsAsync(
        string index, string question, ReadOnlyMemory<float> vector, string collection, Caller caller, int top, CancellationToken cancellationToken, MetadataFilter? filter = null)
    {
        var options = Options(collection, caller, top, filter);
        options.QueryType = SearchQueryType.Semantic;
        options.SemanticSearch = new SemanticSearchOptions { SemanticConfigurationName = ChunkFields.SemanticConfiguration };
        options.VectorSearch = new VectorSearchOptions
        {
            Queries = { new VectorizedQuery(vector) { KNearestNeighborsCount = top, Fields = { ChunkFields.Embedding } } },
            FilterMode = VectorFilterMode.PreFilter,
        };
        // The ranker reads what is searched by: a question, and no pairs of letters or spellings.
        return SearchAsync(index, PlainWords(question), options, top, cancellationToken);
    }

    /// <summary>Whether a search failed because the service's plan has no semantic ranker (the free tier, or one where it is switched off).</summary>
    public static bool HasNoSemanticRanker(RequestFailedException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure is { Status: 400, ErrorCode: "FeatureNotSupportedInService" or "SemanticQueriesNotAvailable" };
    }

    /// <summary>Where a document's chunks stand, in its order, from the <paramref name="from"/>-th on, at most <paramref name="most"/> (1,000); none where the caller may not see it.</summary>
    public async Task<IReadOnlyList<ChunkPlace>> PlacesAsync(string index, DocumentName document, Caller caller, int from, int most, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        var options = new SearchOptions
        {
            Filter = $"({Filter(document.Collection, caller)}) and {SearchFilter.Create($"documentKey eq {document.Key}")}",
            OrderBy = { $"{ChunkFields.Ordinal} asc" },
            Skip = from,
            Size = most,
        };
        foreach (var field in (string[])[ChunkFields.Id, ChunkFields.Heading, ChunkFields.Start, ChunkFields.End]) options.Select.Add(field);
        using var wait = RequestTiming.Upstream();
        try
        {
            var response = await clients.Chunks(index).SearchAsync<SearchDocument>("*", options, cancellationToken);
            var places = new List<ChunkPlace>(most);
            await foreach (var result in response.Value.GetResultsAsync().WithCancellation(cancellationToken))
            {
                var chunk = result.Document;
                places.Add(new ChunkPlace(chunk.GetString(ChunkFields.Id), chunk.GetString(ChunkFields.Heading), chunk.GetInt32(ChunkFields.Start) ?? 0, chunk.GetInt32(ChunkFields.End) ?? 0));
                if (places.Count == most) break;
            }

            return places;
        }
        catch (RequestFailedException)
        {
            // A passage without what stands around it is still an answer.
            return [];
        }
    }

    /// <summary>The OData filter: values are escaped, never pasted.</summary>
    internal static string Filter(string collection, Caller caller)
    {
        var within = SearchFilter.Create($"collection eq {collection}");
        if (caller.IsOperator || caller.Groups.Contains("*")) return within;
        var permitted = "(not groups/any() and not users/any()) or " + SearchFilter.Create($"users/any(u: u eq {caller.ClientId})");
        var names = caller.Groups.ToLookup(group => group.Contains(ListDelimiter, StringComparison.Ordinal));
        var list = string.Join(ListDelimiter, names[false]);
        if (list.Length > 0) permitted += " or " + SearchFilter.Create($"groups/any(g: search.in(g, {list}, '|'))");

        // In a list such a name would be two.
        foreach (var name in names[true]) permitted += " or " + SearchFilter.Create($"groups/any(g: g eq {name})");
        return $"{within} and ({permitted})";
    }

    /// <summary>With what the asker wants of documents: it can only narrow what the caller may see.</summary>
    internal static string Filter(string collection, Caller caller, MetadataFilter? filter) =>
        filter is null ? Filter(collection, caller) : $"({Filter(collection, caller)}) and {MetadataODataFilter.Write(filter)}";

    private static SearchOptions Options(string collection, Caller caller, int top, MetadataFilter? filter)
    {
        var options = new SearchOptions { Size = top, Filter = Filter(collection, caller, filter) };
        foreach (var field in (string[])[ChunkFields.Id, ChunkFields.Document, ChunkFields.Heading, ChunkFields.Start, ChunkFields.End, ChunkFields.Page, ChunkFields.Ordinal, ChunkFields.Text])
            options.Select.Add(field);
        return options;
    }

    private async Task<IReadOnlyList<FoundChunk>> SearchAsync(string index, string? words, SearchOptions options, int top, CancellationToken cancellationToken)
    {
        using var wait = RequestTiming.Upstream();
        try
        {
            if (!await indexes.UpgradeAsync(index, cancellationToken)) return [];
            var response = await clients.Chunks(index).SearchAsync<SearchDocument>(words, options, cancellationToken);
            var found = new List<FoundChunk>(top);
            await foreach (var result in response.Value.GetResultsAsync().WithCancellation(cancellationToken))
            {
                // The client follows the service's pages past the size that was asked for.
                found.Add(Read(result, isVector: words is null));
                if (found.Count == top) break;
            }

            return found;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            indexes.Forget(index);
            return [];
        }
    }

    private static string PlainWords(string query)
    {
        var words = new StringBuilder(query.Length);
        foreach (var c in query) words.Append(Operators.Contains(c) || char.IsControl(c) ? ' ' : c);
        var text = words.ToString();
        // An empty text would match everything.
        return string.IsNullOrWhiteSpace(text) ? "?" : text;
    }

    private static FoundChunk Read(SearchResult<SearchDocument> result, bool isVector)
    {
        var document = result.Document;
        // The service gives 1 / (2 - cosine) for a vector query alone.
        double? similarity = isVector && result.Score is > 0 and var score ? 2 - (1 / score) : null;
        return new FoundChunk(
            document.GetString(ChunkFields.Id),
            document.GetString(ChunkFields.Document),
            document.GetString(ChunkFields.Heading),
            document.GetInt32(ChunkFields.Start) ?? 0,
            document.GetInt32(ChunkFields.End) ?? 0,
            document.GetInt32(ChunkFields.Page),
            document.GetString(ChunkFields.Text),
            similarity ?? result.SemanticSearch?.RerankerScore ?? result.Score ?? 0)
        {
            Similarity = similarity,
            RerankerScore = result.SemanticSearch?.RerankerScore,
            Ordinal = document.GetInt32(ChunkFields.Ordinal) ?? 0,
        };
    }
}

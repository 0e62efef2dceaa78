using Azure;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Ranking;
using Serverless.Functions.Retrieval.Reranking;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Retrieval;

/// <summary>Finds the passages of a collection that a caller may see and that come nearest to a question: embeds it, asks the index by vectors, by words or by both, makes one ranking of it, and has a reranker rank that once more where the query names one.</summary>
/// <param name="gateway">Deferred, because the gateway in turn asks a planner for its rag routes.</param>
public sealed class Retriever(Lazy<IGateway> gateway, CollectionStore collections, GenerationPlanner generations, ChunkSearch search, PassageReranking reranking, GatewayMetrics metrics, TimeProvider time)
{
    // Candidates of a ranking, whatever is wanted of it: similarities are scaled and words weighed over them.
    private const int Candidates = 50;

    /// <exception cref="GatewayException">The collection does not exist for the caller, was ingested with another route, or a service failed.</exception>
    public async Task<Retrieved> FindAsync(RetrievalQuery query, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(caller);
        var settings = await collections.RequireReadableAsync(query.Collection, caller, cancellationToken);
        if (settings is null) return new Retrieved([]);
        // Route and index of one generation: vectors of two models never meet. While another is built, those who name the old route and those who name the new are answered alike.
        var (route, index) = await generations.ServingAsync(query.Collection, settings, cancellationToken);
        if (query.EmbeddingsRoute is { } named && WithoutVersion(named) != WithoutVersion(settings.EmbeddingsRoute) && WithoutVersion(named) != WithoutVersion(route))
        {
            throw GatewayException.Invalid(
                "embeddings_route", $"Collection '{query.Collection}' is ingested with embeddings route '{settings.EmbeddingsRoute}', not '{query.EmbeddingsRoute}'.");
        }

        // As passages were: what a reader takes for the same is the same.
        query = query with { Question = SearchText.Normalize(query.Question), Earlier = query.Earlier is { } turn ? SearchText.Normalize(turn) : null };
        var found = await SearchAsync(query, route, index, caller, cancellationToken);
        if (query.Rerank is { } rerank)
        {
            var asked = found.LeansOnEarlier ? $"{query.Earlier}\n{query.Question}" : query.Question;
            var ranked = await reranking.OrderAsync(rerank, asked, found.Chunks, caller, cancellationToken);
            found = found with { Chunks = ranked.Chunks, RerankModel = ranked.Model, Relevance = ranked.Best };
        }

        return found with { Index = index, Chunks = [.. found.Chunks.Take(query.Top)] };
    }

    private async Task<Retrieved> SearchAsync(RetrievalQuery query, string route, string index, Caller caller, CancellationToken cancellationToken)
    {
        using var span = new RetrievalSpan(metrics, time, query.Collection);
        try
        {
            var found = await FindAsync(query, route, index, caller, cancellationToken);
            span.Succeeded();
            return found;
        }
        catch (RequestFailedException failure)
        {
            // The service's own words may quote the question.
            throw new GatewayException(
                failure.Status is 429 or 503 ? 503 : 502, new ErrorDetail("search_failed", $"The search service answered with status {failure.Status}.", "upstream_error"));
        }
    }

    private async Task<Retrieved> FindAsync(RetrievalQuery query, string route, string index, Caller caller, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<FoundChunk>> ByVectorAsync(ReadOnlyMemory<float> vector) => search.ByVectorAsync(index, vector, query.Collection, caller, Candidates, cancellationToken, query.Filter);
        if (query.Mode == RetrievalMode.Text)
        {
            var words = query.Earlier is { } before ? $"{before}\n{query.Question}" : query.Question;
            return new Retrieved(await search.ByWordsAsync(index, words, query.Collection, caller, Candidates, cancellationToken, query.Filter));
        }

        var byWords = query.Mode == RetrievalMode.Hybrid
            ? search.ByWordsAsync(index, query.Question, query.Collection, caller, Candidates, cancellationToken, query.Filter)
            : Task.FromResult<IReadOnlyList<FoundChunk>>([]);
        try
        {
            string[] texts = query.Earlier is { } earlier ? [query.Question, $"{earlier}\n{query.Question}"] : [query.Question];
            var embedded = await gateway.Value.EmbedAsync(route, texts, EmbeddingPurpose.Query, caller, cancellationToken);
            var lists = await Task.WhenAll(embedded.Vectors.Select(ByVectorAsync));
            var nearest = lists.Length > 1 ? FollowUpRanking.Merge(lists[0], lists[1]) : lists[0];
            var leans = lists.Length > 1 && FollowUpRanking.LeansOnEarlier(lists[0], lists[1]);
            var judged = StandaloneQuestion.Is(query.Question) ? lists[0] : nearest;
            return new Retrieved(
                query.Mode == RetrievalMode.Hybrid ? HybridRanking.Fuse(query.Question, nearest, await byWords) : nearest, embedded.Model, leans, judged.Max(chunk => chunk.Similarity));
        }
        finally
        {
            // An answer that failed leaves no query behind it.
            await byWords.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static string WithoutVersion(string route) => route.Split('@', 2)[0];
}

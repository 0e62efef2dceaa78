using Azure;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Ranking;
using Serverless.Functions.Retrieval.Reranking;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Retrieval;

/// <summary>Finds the passages of a collection that a caller may see and that come nearest to a question: embeds it, asks the index by vectors, by words or by both, makes one ranking of it, and has a reranker rank that once more where the query names one.</summary>
/// <param name="gateway">Deferred, because the gateway in turn asks a planner for its rag routes.</param>
public sealed partial class Retriever(Lazy<IGateway> gateway, CollectionStore collections, GenerationPlanner generations, ChunkSearch search, PassageReranking reranking, GatewayMetrics metrics, TimeProvider time, ILogger<Retriever> logger)
{
    private const string NoSemanticRanker = "semantic_ranker_not_available";

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
        var unknown = query.Mode != RetrievalMode.Vector && NamedCodes.AnyUnknown(query.Question, found.Chunks.Select(chunk => $"{chunk.Document}\n{chunk.Searched}"));
        // What leans on the turn before it is no question to read by itself: both similarities rank it better (docs/retrieval/answers.md).
        if (query.Rerank is { } rerank && (query.Earlier is null || StandaloneQuestion.Is(query.Question)))
        {
            var ranked = await reranking.OrderAsync(rerank, query.Question, found.Chunks, caller, cancellationToken);
            found = found with { Chunks = ranked.Chunks, RerankModel = ranked.Model, Relevance = ranked.Best };
        }

        return found with { Index = index, Chunks = [.. found.Chunks.Take(query.Top)], NamesUnknownCode = unknown };
    }

    private async Task<Retrieved> SearchAsync(RetrievalQuery query, string route, string index, Caller caller, CancellationToken cancellationToken)
    {
        using var span = new RetrievalSpan(metrics, time, query.Collection);
        try
        {
            var found = await FindAsync(query, route, index, caller, cancellationToken);
            if (found.IsWithoutSemanticRanker)
            {
                span.FellBack(NoSemanticRanker);
                LogFallback(logger, query.Collection);
            }

            span.Succeeded();
            return found;
        }
        catch (RequestFailedException failure) when (query.Mode == RetrievalMode.Semantic && ChunkSearch.HasNoSemanticRanker(failure))
        {
            throw new GatewayException(502, new ErrorDetail(
                NoSemanticRanker,
                "The search service has no semantic ranker, which 'retrieval' semantic takes (the free tier has none; elsewhere its plan is a setting of the service). Permitted with this service: hybrid, vector, text; or 'semantic_fallback' true.",
                "upstream_error",
                "retrieval"));
        }
        catch (RequestFailedException failure)
        {
            // The service's own words may quote the question.
            throw new GatewayException(
                failure.Status is 429 or 503 ? 503 : 502,
                new ErrorDetail("search_failed", $"The search service answered with status {failure.Status}.", "upstream_error"),
                ServiceFailure.RetryAfterOf(failure));
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

        Task<IReadOnlyList<FoundChunk>> ByWordsAsync() => search.ByWordsAsync(index, query.Question, query.Collection, caller, Candidates, cancellationToken, query.Filter);
        var byWords = query.Mode == RetrievalMode.Hybrid ? ByWordsAsync() : Task.FromResult<IReadOnlyList<FoundChunk>>([]);
        try
        {
            string[] texts = query.Earlier is { } earlier ? [query.Question, $"{earlier}\n{query.Question}"] : [query.Question];
            var embedded = await gateway.Value.EmbedAsync(route, texts, EmbeddingPurpose.Query, caller, cancellationToken);
            var lists = await Task.WhenAll(embedded.Vectors.Select(ByVectorAsync));
            var nearest = lists.Length > 1 ? FollowUpRanking.Merge(lists[0], lists[1]) : lists[0];
            var leans = lists.Length > 1 && FollowUpRanking.LeansOnEarlier(lists[0], lists[1]);
            var judged = StandaloneQuestion.Is(query.Question) ? lists[0] : nearest;
            var found = new Retrieved(nearest, embedded.Model, leans, judged.Max(chunk => chunk.Similarity));
            if (query.Mode == RetrievalMode.Semantic)
            {
                try
                {
                    var (words, vector) = (texts[leans ? 1 : 0], embedded.Vectors[leans ? 1 : 0]);
                    return found with { Chunks = WithSimilarities(await search.BySemanticsAsync(index, words, vector, query.Collection, caller, Candidates, cancellationToken, query.Filter), nearest) };
                }
                catch (RequestFailedException failure) when (query.SemanticFallback && ChunkSearch.HasNoSemanticRanker(failure))
                {
                    byWords = ByWordsAsync();
                    found = found with { IsWithoutSemanticRanker = true };
                }
            }

            return query.Mode == RetrievalMode.Vector ? found : found with { Chunks = HybridRanking.Fuse(query.Question, nearest, await byWords) };
        }
        finally
        {
            // An answer that failed leaves no query behind it.
            await byWords.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static IReadOnlyList<FoundChunk> WithSimilarities(IReadOnlyList<FoundChunk> ranked, IReadOnlyList<FoundChunk> nearest)
    {
        var similarities = nearest.ToDictionary(chunk => chunk.Id, chunk => chunk.Similarity, StringComparer.Ordinal);
        return [.. ranked.Select(chunk => chunk with { Similarity = similarities.GetValueOrDefault(chunk.Id) })];
    }

    [LoggerMessage(1312, LogLevel.Warning, "The search service has no semantic ranker: collection {Collection} was searched as hybrid.")]
    private static partial void LogFallback(ILogger logger, string collection);

    private static string WithoutVersion(string route) => route.Split('@', 2)[0];
}

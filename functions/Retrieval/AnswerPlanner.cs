using Azure;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Prompting;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Retrieval;

/// <summary>Plans answers: embeds the question, asks the index once, packs what it finds.</summary>
/// <param name="gateway">Deferred, because the gateway in turn asks a planner for its rag routes.</param>
public sealed class AnswerPlanner(Lazy<IGateway> gateway, CollectionStore collections, ChunkSearch search, GatewayMetrics metrics, TimeProvider time) : IAnswerPlanner
{
    private const int MaxQuestionLength = 4000;

    // More than are wanted, because some say the same and some do not fit.
    private const int Spare = 3;
    private const int MaxFound = 50;

    public async Task<AnswerPlan> PlanAsync(
        RagSettings settings, string question, int? contextWindow, int maxTokens, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(caller);
        question = Validate(question);
        var template = new PromptTemplate(settings.PromptTemplate);
        var top = Math.Clamp(settings.TopK * Spare, 1, MaxFound);
        var found = await FindAsync(settings.Collection, settings.EmbeddingsRoute, question, top, caller, cancellationToken, settings.Retrieval);
        var system = string.IsNullOrWhiteSpace(settings.SystemPrompt) ? PromptTemplate.DefaultSystem : settings.SystemPrompt;
        var packer = new PassagePacker(gateway.Value, settings, template, system, question);
        return await packer.PackAsync(NearDuplicates.Drop(found), contextWindow, maxTokens, cancellationToken);
    }

    /// <summary>The chunks of a collection that are nearest to a question, best first.</summary>
    /// <param name="embeddingsRoute">The route that the asker believes the collection was ingested with; null: whichever it was.</param>
    internal async Task<IReadOnlyList<FoundChunk>> FindAsync(
        string collection, string? embeddingsRoute, string question, int top, Caller caller, CancellationToken cancellationToken, string mode = RetrievalMode.Hybrid)
    {
        var settings = await collections.RequireReadableAsync(collection, caller, cancellationToken);
        if (settings is null) return [];
        if (embeddingsRoute is not null && WithoutVersion(embeddingsRoute) != WithoutVersion(settings.EmbeddingsRoute))
        {
            throw GatewayException.Invalid(
                "embeddings_route", $"Collection '{collection}' is ingested with embeddings route '{settings.EmbeddingsRoute}', not '{embeddingsRoute}'.");
        }

        // As passages were: what a reader takes for the same is the same.
        question = SearchText.Normalize(question);
        using var span = new RetrievalSpan(metrics, time, collection);
        var embedded = await gateway.Value.EmbedAsync(settings.EmbeddingsRoute, [question], EmbeddingPurpose.Query, caller, cancellationToken);
        try
        {
            var found = await search.SearchAsync(
                IndexName.For(settings.EmbeddingsRoute), question, embedded.Vectors[0], collection, caller, top, cancellationToken, mode);
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

    /// <summary>Control tags in a question are text: they are broken up where the prompt is built.</summary>
    /// <exception cref="GatewayException">The question is empty or too long.</exception>
    internal static string Validate(string? question, string param = "question")
    {
        if (string.IsNullOrWhiteSpace(question)) throw GatewayException.Invalid(param, $"'{param}' must not be empty.");
        if (question.Length > MaxQuestionLength)
            throw GatewayException.Invalid(param, $"'{param}' has {question.Length} characters; {MaxQuestionLength} are permitted.");
        return question.Trim();
    }

    private static string WithoutVersion(string route) => route.Split('@', 2)[0];
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Retrieval.Reranking;

namespace Serverless.Functions.Retrieval;

/// <summary><c>POST /collections/{c}/search {"query", "top"?, "retrieval"?, "filter"?, "rerank"?, "semantic_fallback"?}</c>: what a question would find, without an answer.</summary>
public sealed class SearchFunction(Retriever retriever)
{
    private const int MaxTop = 50;

    [Function("CollectionSearch")]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/search")] HttpRequest request, CancellationToken cancellationToken)
    {
        var caller = request.Caller();
        var collection = request.Placeholder("collection");
        var body = await RequestBody.ReadObjectAsync(request, cancellationToken);
        var fields = new JsonFields(body);
        var query = AnswerPlanner.Validate(fields.RequiredString("query", int.MaxValue), "query");
        var top = fields.Integer("top", 1, MaxTop, 10);
        var mode = fields.OptionalString("retrieval", 16) ?? RetrievalMode.Hybrid;
        if (!RetrievalMode.All.Contains(mode)) throw GatewayException.Invalid("retrieval", $"'retrieval' must be {string.Join(", ", RetrievalMode.All)}.");
        var fallback = fields.Boolean("semantic_fallback", true);
        var rerank = RerankReader.Read(fields.Object("rerank"));
        fields.Names("filter");
        fields.RejectUnknown();
        var filter = MetadataFilterReader.Of(body);
        var found = await retriever.FindAsync(new RetrievalQuery(collection, query, top) { Mode = mode, Filter = filter, Rerank = rerank, SemanticFallback = fallback }, caller, cancellationToken);
        return new JsonAnswer(new SearchResults([.. found.Chunks.Select(chunk => Citation.Of(chunk, collection))])
        {
            Reranked = rerank is null ? null : found.Relevance is not null,
            Retrieval = found.IsWithoutSemanticRanker ? RetrievalMode.Hybrid : null,
        });
    }
}

using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.Rerank;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;

namespace Serverless.GpuWorker.Api;

/// <summary><c>POST /v1/rerank</c>.</summary>
internal static class RerankEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, ServedModels models, ServingMetrics metrics)
    {
        var request = await JsonBody.ReadAsync<RerankRequest>(context.Request, EncodingFields.CheckRerank);
        var model = models.RerankerNamed(request.Model);
        if (string.IsNullOrWhiteSpace(request.Query)) throw ApiErrors.Invalid("query", "query must be a text that is not empty.", request.Query is null ? "missing_field" : "invalid_value");
        if (request.Documents is not { } documents) throw ApiErrors.Invalid("documents", "documents must be a list of texts, or of objects with text.", "missing_field");
        if (documents.Count is < 1 or > ApiLimits.RerankDocuments) throw ApiErrors.Invalid("documents", $"documents must have from 1 to {ApiLimits.RerankDocuments} texts.");
        for (var i = 0; i < documents.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(documents[i]?.Text)) throw ApiErrors.Invalid($"documents[{i}]", $"documents[{i}] must not be empty.");
        }

        if (request.TopN is < 1) throw ApiErrors.Invalid("top_n", "top_n must be at least 1.");

        string[] texts = [.. documents.Select(document => document.Text)];
        var scores = await model.Reranker.ScoreAsync(request.Query, texts, context.RequestAborted);
        var tokens = scores.Sum(score => score.Tokens);
        metrics.CountReranked(scores.Count, tokens);
        var results = RerankResponse.Ranked([.. scores.Select(score => score.Relevance)], request.TopN ?? texts.Length, request.ReturnDocuments == true ? texts : null);
        return Results.Json(new RerankResponse("list", model.Name, results, new Usage(tokens, 0)), WireJson.Options);
    }
}

using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.Rerank;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Reranking;

namespace Serverless.GpuWorker.Api;

/// <summary><c>POST /v1/score</c>: vLLM's, by the models that rerank.</summary>
internal static class ScoreEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, ServedModels models, ServingMetrics metrics, TimeProvider time)
    {
        var request = await JsonBody.ReadAsync<ScoreRequest>(context.Request, EncodingFields.CheckRerank);
        var model = models.RerankerNamed(request.Model);
        var (first, firstName) = Texts(request.Text1, "text_1", request.Queries, "queries");
        var (second, secondName) = Texts(request.Text2, "text_2", request.Documents, "documents");
        if (first.Count != 1 && first.Count != second.Count) throw ApiErrors.Invalid(firstName, $"{firstName} must be one text, or as many as {secondName} has.");

        // Pairs of one first text are read together.
        var groups = Enumerable.Range(0, second.Count).GroupBy(i => first[first.Count == 1 ? 0 : i], StringComparer.Ordinal).Select(group => (Query: group.Key, Places: group.ToArray())).ToArray();
        var answers = await Task.WhenAll(groups.Select(group => model.Reranker.ScoreAsync(group.Query, [.. group.Places.Select(i => second[i])], context.RequestAborted)));
        var scores = new RerankScore[second.Count];
        for (var group = 0; group < groups.Length; group++)
        {
            for (var i = 0; i < groups[group].Places.Length; i++) scores[groups[group].Places[i]] = answers[group][i];
        }

        var tokens = scores.Sum(score => score.Tokens);
        metrics.CountReranked(scores.Length, tokens);
        var data = scores.Select((score, i) => new ScoreResult(i, "score", score.Relevance)).ToArray();
        return Results.Json(new ScoreResponse($"score-{Guid.NewGuid():N}", "list", time.GetUtcNow().ToUnixTimeSeconds(), model.Name, data, new Usage(tokens, 0)), WireJson.Options);
    }

    private static (IReadOnlyList<string> Texts, string Name) Texts(StringOrList? older, string olderName, StringOrList? newer, string newerName)
    {
        if (older is not null && newer is not null) throw ApiErrors.Invalid(newerName, $"{newerName} must not stand beside {olderName}, which is its older name.");
        var name = newer is null ? olderName : newerName;
        if ((newer ?? older) is not { } given) throw ApiErrors.Invalid(name, $"{name} must be a string or a list of strings.", "missing_field");
        if (given.Values.Count is < 1 or > ApiLimits.RerankDocuments) throw ApiErrors.Invalid(name, $"{name} must have from 1 to {ApiLimits.RerankDocuments} texts.");
        for (var i = 0; i < given.Values.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(given.Values[i])) throw ApiErrors.Invalid(given.IsSingle ? name : $"{name}[{i}]", $"{(given.IsSingle ? name : $"{name}[{i}]")} must not be empty.");
        }

        return (given.Values, name);
    }
}

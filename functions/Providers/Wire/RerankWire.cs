using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.Rerank;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Calls of rerankers in the shape that Cohere, Jina and the worker share.</summary>
internal static class RerankWire
{
    public static async Task<RerankBatch> RerankAsync(
        UpstreamHttp http, Uri uri, IReadOnlyList<KeyValuePair<string, string>> headers, string model, RerankCall call, string? user, CancellationToken cancellationToken)
    {
        var body = new Body(model, call.Query, call.Documents, user);
        using var response = await http.SendAsync(HttpMethod.Post, uri, JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options), headers, cancellationToken).ConfigureAwait(false);
        var answer = await UpstreamHttp.ReadJsonAsync<Answer>(response, cancellationToken).ConfigureAwait(false);
        return new RerankBatch(Scores(answer.Results, call.Documents.Count), answer.Model ?? model, answer.Usage?.TotalTokens ?? answer.Meta?.Tokens?.InputTokens);
    }

    /// <summary>All documents were asked for: each has one score.</summary>
    private static double[] Scores(IReadOnlyList<RerankResult?>? results, int documents)
    {
        var scores = new double?[documents];
        foreach (var result in results ?? [])
        {
            if (result is null || result.Index < 0 || result.Index >= documents || scores[result.Index] is not null || !double.IsFinite(result.RelevanceScore)) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            scores[result.Index] = result.RelevanceScore;
        }

        return [.. scores.Select(score => score ?? throw new UpstreamException(UpstreamFailure.InvalidResponse))];
    }

    private sealed record Body(string Model, string Query, IReadOnlyList<string> Documents, string? User)
    {
        public override string ToString() => $"[{Documents.Count} documents]";
    }

    private sealed record Answer(string? Model, IReadOnlyList<RerankResult?>? Results, Counts? Usage, Billing? Meta);

    private sealed record Counts(int? TotalTokens);

    private sealed record Billing(BilledTokens? Tokens);

    private sealed record BilledTokens(int? InputTokens);
}

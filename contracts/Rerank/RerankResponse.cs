using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.Rerank;

/// <summary>The answer of <c>POST /v1/rerank</c>: results best first, those of equal score in the order of their documents. <c>object</c> is <c>list</c>.</summary>
public sealed record RerankResponse(string Object, string Model, IReadOnlyList<RerankResult> Results, Usage? Usage)
{
    /// <summary>The <paramref name="top"/> best of documents by their scores.</summary>
    /// <param name="scores">One for each document.</param>
    /// <param name="documents">Null where results carry none.</param>
    public static IReadOnlyList<RerankResult> Ranked(IReadOnlyList<double> scores, int top, IReadOnlyList<string>? documents = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        // Sorting is stable.
        return
        [
            .. scores.Select((score, i) => new RerankResult(i, score, documents is null ? null : new RerankDocument(documents[i])))
                .OrderByDescending(result => result.RelevanceScore).Take(top),
        ];
    }
}

using Serverless.Functions.Retrieval.Reranking;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>A route as a run asks it: at one version, whatever becomes of the route meanwhile.</summary>
/// <param name="Reference"><c>name@version</c>.</param>
/// <param name="PromptHash">SHA-256 of system prompt and template, hexadecimal; null for a route without.</param>
/// <param name="StandsOn">The routes that a rag route asks, at the versions they had when the run began.</param>
public sealed record EvaluatedRoute(
    string Reference, string Name, int Version, string Type, string? Collection, string? Retrieval, int? TopK, int? MaxContextTokens, int? MaxTokens, string? PromptHash,
    IReadOnlyList<EvaluatedModel> StandsOn)
{
    /// <summary>What ranks the passages found once more; null for nothing.</summary>
    public RerankSettings? Rerank { get; init; }

    /// <summary>The route's own <c>relevance_floor</c>; null where the one measured for its model holds.</summary>
    public double? RelevanceFloor { get; init; }

    /// <summary>Whether it answers from documents.</summary>
    public bool IsAnswers => Type == RouteTypes.Answers;
}

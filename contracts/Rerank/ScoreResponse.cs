using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.Rerank;

/// <summary>The answer of <c>POST /v1/score</c>: a score for each pair, in their order. <c>object</c> is <c>list</c>.</summary>
public sealed record ScoreResponse(string Id, string Object, long Created, string Model, IReadOnlyList<ScoreResult> Data, Usage Usage);

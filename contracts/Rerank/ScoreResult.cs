namespace Serverless.Contracts.Rerank;

/// <summary>How well one pair's texts go together.</summary>
/// <param name="Object"><c>score</c>.</param>
/// <param name="Score">0..1, higher is better.</param>
public sealed record ScoreResult(int Index, string Object, double Score);

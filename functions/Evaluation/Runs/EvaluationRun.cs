using Serverless.Functions.Clients;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>Every parameter of a run, written once and never changed: body of blob <c>runs/{id}</c> of container <c>evaluations</c>.</summary>
public sealed record EvaluationRun
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Runs of the same name are numbered from 1.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required StandingCaller Caller { get; init; }

    public required IReadOnlyList<EvaluatedRoute> Routes { get; init; }

    /// <summary><c>inline</c>, <c>sample:{name}</c> or <c>documents/{path}</c>.</summary>
    public required string QuestionsFrom { get; init; }

    /// <summary>SHA-256 over all questions and labels, hexadecimal.</summary>
    public required string QuestionsHash { get; init; }

    public required int Questions { get; init; }

    /// <summary>Passages that count for recall, 1..50.</summary>
    public required int K { get; init; }

    /// <summary>Of resampling: the same results and seed give the same intervals.</summary>
    public required long Seed { get; init; }

    /// <summary>0..2; null leaves the route's.</summary>
    public double? Temperature { get; init; }

    /// <summary>Null leaves the route's.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Batches of questions under way at a time, 1..8.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Whether questions and answers are kept. Otherwise nothing of them is, once the run has ended.</summary>
    public required bool KeepAnswers { get; init; }

    /// <summary>What counts as a refusal; null for the usual phrases.</summary>
    public IReadOnlyList<string>? RefusalPhrases { get; init; }

    public override string ToString() => Id;
}

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>What a run found: blob <c>summaries/{id}</c>, written when it ends.</summary>
/// <param name="Comparisons">Of every route with each before it.</param>
/// <param name="Collections">For each collection asked: SHA-256 over its ready documents and their states when the run began, hexadecimal.</param>
/// <param name="ChangedMeanwhile">Routes and collections that the run stands on and that were changed while it ran.</param>
public sealed record RunSummary(
    IReadOnlyList<RouteSummary> Routes, IReadOnlyList<RouteComparison> Comparisons, IReadOnlyDictionary<string, string> Collections, IReadOnlyList<string> ChangedMeanwhile);

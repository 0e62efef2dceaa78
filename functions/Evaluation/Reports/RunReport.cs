using Serverless.Functions.Evaluation.Runs;

namespace Serverless.Functions.Evaluation.Reports;

/// <summary>All that a report shows.</summary>
/// <param name="Summary">As far as it goes, for a run under way.</param>
/// <param name="Results">For each route, its questions in order.</param>
/// <param name="Answers">For each route, what was kept; empty where nothing was.</param>
/// <param name="SameQuestions">Whether the run compared with asked the same set; null without one.</param>
/// <param name="Against">Routes of the other run (first) with those of this one (second); empty where the sets differ.</param>
internal sealed record RunReport(
    EvaluationRun Run, RunStatus Status, RunSummary Summary, IReadOnlyList<IReadOnlyList<QuestionResult>> Results, IReadOnlyList<IReadOnlyList<KeptAnswer>> Answers,
    EvaluationRun? Other, bool? SameQuestions, IReadOnlyList<RouteComparison> Against);

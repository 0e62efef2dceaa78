using Serverless.Functions.Evaluation.Runs;

namespace Serverless.Functions.Evaluation.Reports;

/// <summary>Gathers what a report shows.</summary>
public sealed class RunReports(RunStore runs)
{
    internal async Task<RunReport> OfAsync(EvaluationRun run, RunStatus status, EvaluationRun? other, CancellationToken cancellationToken)
    {
        var results = new List<IReadOnlyList<QuestionResult>>();
        var answers = new List<IReadOnlyList<KeptAnswer>>();
        for (var i = 0; i < run.Routes.Count; i++)
        {
            results.Add(await runs.ReadResultsAsync(run.Id, i, cancellationToken));
            answers.Add(run.KeepAnswers ? await runs.ReadAnswersAsync(run.Id, i, cancellationToken) : []);
        }

        var summary = await runs.FindSummaryAsync(run.Id, cancellationToken)
            ?? new RunSummary([.. run.Routes.Select((route, i) => RouteSummary.Of(route.Reference, results[i], (ulong)run.Seed))], [], new Dictionary<string, string>(), []);
        bool? same = other is null ? null : other.QuestionsHash == run.QuestionsHash;
        IReadOnlyList<RouteComparison> against = same == true ? await CompareAsync(other!, run, results, cancellationToken) : [];
        return new RunReport(run, status, summary, results, answers, other, same, against);
    }

    // Routes of one name belong together; a run of one route is compared with whatever the other asked.
    private async Task<IReadOnlyList<RouteComparison>> CompareAsync(EvaluationRun other, EvaluationRun run, List<IReadOnlyList<QuestionResult>> results, CancellationToken cancellationToken)
    {
        var comparisons = new List<RouteComparison>();
        for (var first = 0; first < other.Routes.Count; first++)
        {
            var seconds = Enumerable.Range(0, run.Routes.Count).Where(i => run.Routes[i].Name == other.Routes[first].Name || run.Routes.Count == 1 || other.Routes.Count == 1).ToList();
            if (seconds.Count == 0) continue;
            var before = await runs.ReadResultsAsync(other.Id, first, cancellationToken);
            foreach (var second in seconds) comparisons.Add(RouteComparison.Of(other.Routes[first].Reference, before, run.Routes[second].Reference, results[second], (ulong)run.Seed));
        }

        return comparisons;
    }
}

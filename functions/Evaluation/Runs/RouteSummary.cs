using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>What a run found of one route. Means are over the questions that were answered and that a figure applies to; errors are counted, never averaged in as zero.</summary>
/// <param name="ErrorCodes">How often each error came.</param>
/// <param name="Metrics">By the names of <see cref="EvaluationMetrics"/>, refusal precision and recall too; absent where a figure applies to no question.</param>
/// <param name="Latency">Null when nothing was answered.</param>
/// <param name="CostUsd">Of the priced answers; null when none is.</param>
/// <param name="Unpriced">Answers without a price.</param>
public sealed record RouteSummary(
    string Route, int Asked, int Answered, int Errors, IReadOnlyDictionary<string, int> ErrorCodes, IReadOnlyDictionary<string, Estimate> Metrics, LatencySummary? Latency,
    long PromptTokens, long CompletionTokens, decimal? CostUsd, int Unpriced)
{
    /// <param name="results">One a question.</param>
    public static RouteSummary Of(string route, IReadOnlyList<QuestionResult> results, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(results);
        var answered = results.Where(result => result.Error is null).ToList();
        var metrics = new Dictionary<string, Estimate>(StringComparer.Ordinal);
        foreach (var (name, _, _, of) in EvaluationMetrics.All) Add(name, Bootstrap.Mean([.. answered.Select(of).OfType<double>()], seed));

        var judged = answered.Where(result => result.Refused is not null).Select(result => (result.Refused!.Value, result.Answerable)).ToArray();
        if (judged.Any(question => !question.Answerable))
        {
            Add(EvaluationMetrics.RefusalPrecision, Bootstrap.Statistic(judged.Length, sample => Refusals.Precision(Pick(sample)), seed));
            Add(EvaluationMetrics.RefusalRecall, Bootstrap.Statistic(judged.Length, sample => Refusals.Recall(Pick(sample)), seed));
        }

        var costs = answered.Select(result => result.CostUsd).OfType<decimal>().ToList();
        return new RouteSummary(
            route, results.Count, answered.Count, results.Count - answered.Count,
            new SortedDictionary<string, int>(results.Where(result => result.Error is not null).GroupBy(result => result.Error!).ToDictionary(group => group.Key, group => group.Count()), StringComparer.Ordinal),
            metrics, LatencySummary.Of(answered), answered.Sum(result => (long)(result.PromptTokens ?? 0)), answered.Sum(result => (long)(result.CompletionTokens ?? 0)),
            costs.Count == 0 ? null : costs.Sum(), answered.Count - costs.Count);

        void Add(string name, Estimate? estimate)
        {
            if (estimate is not null) metrics[name] = estimate;
        }

        List<(bool Refused, bool Answerable)> Pick(ReadOnlySpan<int> sample)
        {
            var picked = new List<(bool, bool)>(sample.Length);
            foreach (var i in sample) picked.Add(judged[i]);
            return picked;
        }
    }
}

using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>Two routes on the questions that both answered, second less first, by metric.</summary>
public sealed record RouteComparison(string First, string Second, IReadOnlyDictionary<string, PairedDifference> Metrics)
{
    /// <summary>Questions are matched by id: two runs of the same set compare too.</summary>
    public static RouteComparison Of(string first, IReadOnlyList<QuestionResult> a, string second, IReadOnlyList<QuestionResult> b, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(a);
        var others = b.ToDictionary(result => result.Id, StringComparer.Ordinal);
        var both = a.Where(result => result.Error is null && others.TryGetValue(result.Id, out var other) && other.Error is null).Select(result => (A: result, B: others[result.Id])).ToList();
        var metrics = new Dictionary<string, PairedDifference>(StringComparer.Ordinal);
        foreach (var (name, _, _, of) in EvaluationMetrics.All)
        {
            var pairs = both.Select(pair => (A: of(pair.A), B: of(pair.B))).Where(pair => pair is { A: not null, B: not null }).ToList();
            if (PairedDifference.Of([.. pairs.Select(pair => pair.A!.Value)], [.. pairs.Select(pair => pair.B!.Value)], seed) is { } difference) metrics[name] = difference;
        }

        return new RouteComparison(first, second, metrics);
    }
}

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>The figures that are averaged over questions and compared between routes, by name.</summary>
public static class EvaluationMetrics
{
    public const string RefusalPrecision = "refusal_precision";
    public const string RefusalRecall = "refusal_recall";

    /// <summary>In the order of reports; <c>HigherIsBetter</c> is false for time and money.</summary>
    public static IReadOnlyList<(string Name, string Label, bool HigherIsBetter, Func<QuestionResult, double?> Of)> All { get; } =
    [
        ("recall", "Recall@k", true, result => result.Recall),
        ("mrr", "MRR", true, result => result.ReciprocalRank),
        ("ndcg", "nDCG@10", true, result => result.Ndcg),
        ("containment", "Answer containment", true, result => result.Containment),
        ("token_f1", "Token F1", true, result => result.TokenF1),
        ("citation_precision", "Citation precision", true, result => result.CitationPrecision),
        ("latency_ms", "Latency, ms", false, result => result.LatencyMs),
        ("cost_usd", "Cost, US dollars", false, result => (double?)result.CostUsd),
    ];
}

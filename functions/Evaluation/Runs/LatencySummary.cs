using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>Milliseconds, over the answered questions; the first piece's are null where no answer had one.</summary>
public sealed record LatencySummary(double P50Ms, double P95Ms, double? FirstTokenP50Ms, double? FirstTokenP95Ms)
{
    internal static LatencySummary? Of(IReadOnlyList<QuestionResult> answered)
    {
        var whole = answered.Select(result => result.LatencyMs).OfType<double>().ToList();
        if (whole.Count == 0) return null;
        var first = answered.Select(result => result.FirstTokenMs).OfType<double>().ToList();
        return new LatencySummary(
            Quantile.Of(whole, 0.5), Quantile.Of(whole, 0.95), first.Count == 0 ? null : Quantile.Of(first, 0.5), first.Count == 0 ? null : Quantile.Of(first, 0.95));
    }
}

namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>A figure with what is known of its uncertainty.</summary>
/// <param name="Value">Over the questions that were asked.</param>
/// <param name="Low">2.5 % of the resampled values lie below.</param>
/// <param name="High">2.5 % lie above.</param>
/// <param name="N">Questions that it is of.</param>
public sealed record Estimate(double Value, double Low, double High, int N);

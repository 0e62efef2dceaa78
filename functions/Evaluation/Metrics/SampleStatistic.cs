namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>A figure of a sample, given as the numbers of its questions; one may come several times. Null where it is not defined.</summary>
public delegate double? SampleStatistic(ReadOnlySpan<int> sample);

namespace Serverless.Functions.Evaluation.Running;

/// <summary>A run that cannot go on, and why, in this app's own words.</summary>
public sealed record EvaluationFailure(string Id, string Reason);

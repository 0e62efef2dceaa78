namespace Serverless.Functions.Evaluation.Running;

/// <summary>Some questions of a run for one of its routes: an activity's input.</summary>
public sealed record EvaluationBatch(string Id, int Route, int Batch);

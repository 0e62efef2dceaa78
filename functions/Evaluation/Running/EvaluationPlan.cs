namespace Serverless.Functions.Evaluation.Running;

/// <summary>What there is to do; a replay must see the same.</summary>
/// <param name="Goes">Whether the run is there and is to be run.</param>
public sealed record EvaluationPlan(bool Goes, int Routes = 0, int Batches = 0, int Concurrency = 1);

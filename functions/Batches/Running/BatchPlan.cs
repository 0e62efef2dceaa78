namespace Serverless.Functions.Batches.Running;

/// <summary>What is to be done of a batch.</summary>
/// <param name="Goes">False where it has ended, or is not there.</param>
/// <param name="Parallelism">Slices at a time.</param>
public sealed record BatchPlan(bool Goes, int Slices = 0, int Parallelism = 1);

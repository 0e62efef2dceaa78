using Serverless.Functions.Batches.Input;

namespace Serverless.Functions.Batches.Running;

/// <summary>What is to be done of a batch.</summary>
/// <param name="Goes">False where it has ended, or is not there.</param>
/// <param name="Parallelism">Slices at a time.</param>
/// <param name="Page">Where the slices of this generation are, from <see cref="BatchWork.Next"/> on; null in the history of an app that did not tell.</param>
public sealed record BatchPlan(bool Goes, int Slices = 0, int Parallelism = 1, IReadOnlyList<InputSlice>? Page = null);

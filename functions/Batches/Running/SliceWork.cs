namespace Serverless.Functions.Batches.Running;

/// <summary>One slice of a batch.</summary>
public sealed record SliceWork(BatchWork Batch, int Slice);

using Serverless.Functions.Batches.Input;

namespace Serverless.Functions.Batches.Running;

/// <summary>One slice of a batch.</summary>
/// <param name="Input">Where it is; null in the history of an app that did not tell: then it is looked up among all.</param>
public sealed record SliceWork(BatchWork Batch, int Slice, InputSlice? Input = null);

namespace Serverless.Functions.Batches.Running;

/// <summary>A batch that cannot go on, and why, in this app's own words.</summary>
public sealed record BatchFailure(BatchWork Batch, string Reason);

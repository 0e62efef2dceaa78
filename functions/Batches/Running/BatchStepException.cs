namespace Serverless.Functions.Batches.Running;

/// <summary>A step failed; the message holds no content, for Durable's history keeps it.</summary>
public sealed class BatchStepException(string message) : Exception(message);

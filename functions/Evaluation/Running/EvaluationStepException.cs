namespace Serverless.Functions.Evaluation.Running;

/// <summary>A step failed; the message holds no content, for Durable's history keeps it.</summary>
public sealed class EvaluationStepException(string message) : Exception(message);

namespace Serverless.Functions.Evaluation.Running;

/// <summary>The orchestration's input. Durable's history keeps it, so it names things and holds none.</summary>
/// <param name="Next">The next of all (batch, route) pairs, batch by batch.</param>
public sealed record EvaluationWork(string Id, int Next = 0);

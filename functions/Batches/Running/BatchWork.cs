namespace Serverless.Functions.Batches.Running;

/// <summary>The orchestration's input, and its activities'. Durable's history keeps it, so it names things and holds none.</summary>
/// <param name="Next">The next slice.</param>
public sealed record BatchWork(string Owner, string Id, int Next = 0);

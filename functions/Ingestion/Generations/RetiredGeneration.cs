namespace Serverless.Functions.Ingestion.Generations;

/// <summary>A generation that no question is answered from any more and whose chunks are to go.</summary>
/// <param name="RetiredAt">Questions that began before, or in an instance that has not heard of it, may still read it for a while.</param>
public sealed record RetiredGeneration(Generation Generation, DateTimeOffset RetiredAt);

namespace Serverless.Functions.Ingestion.Vectors;

/// <summary>Vectors of chunks, and what it took to have them.</summary>
/// <param name="Vectors">One for each chunk, in order.</param>
/// <param name="Tokens">Of the texts that were embedded for it, as the provider counts them; what was found again is not among them.</param>
/// <param name="Cost">Of these by the price table, in 10^-12 US dollars; 0 where that has no price for the route.</param>
public sealed record EmbeddedChunks(IReadOnlyList<ReadOnlyMemory<float>> Vectors, long Tokens = 0, long Cost = 0);

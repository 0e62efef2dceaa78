namespace Serverless.Functions.Ingestion.Steps;

/// <summary>What chunking leaves to do.</summary>
/// <param name="EmbedBatches">Batches of chunks to embed.</param>
/// <param name="IndexBatches">Batches of chunks to write, those that were there before included.</param>
/// <param name="Parallelism">Embedding activities at a time: a setting, but recorded here because a replay must see the same.</param>
public sealed record ChunkedPass(StepOutcome Outcome, int EmbedBatches = 0, int IndexBatches = 0, int Parallelism = 1);

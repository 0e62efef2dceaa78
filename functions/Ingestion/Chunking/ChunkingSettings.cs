namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>How long chunks are.</summary>
/// <param name="MaxTokens">Tokens of the embedding model that a chunk may have, 16..2,048.</param>
/// <param name="OverlapTokens">Tokens, in whole sentences, that a chunk may repeat from the one before; 0..MaxTokens / 2.</param>
public sealed record ChunkingSettings(int MaxTokens, int OverlapTokens);

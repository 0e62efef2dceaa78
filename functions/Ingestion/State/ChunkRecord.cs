using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.State;

/// <summary>A chunk on its way through the pipeline.</summary>
/// <param name="Id">Its key in the index: document, text and occurrence.</param>
public sealed record ChunkRecord(string Id, TextChunk Chunk);

namespace Serverless.Functions.Ingestion.State;

/// <summary>Chunks that one activity embeds and one writes.</summary>
/// <param name="Shelves">Where vectors of documents that have just gone may have theirs.</param>
public sealed record ChunkPart(IReadOnlyList<ChunkRecord> Chunks, IReadOnlyList<string> Shelves);

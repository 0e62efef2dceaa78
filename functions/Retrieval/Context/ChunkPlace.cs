namespace Serverless.Functions.Retrieval.Context;

/// <summary>Where a chunk stands in its document's text.</summary>
/// <param name="Heading">The headings above it; null where there are none.</param>
/// <param name="Start">Offset of its first character.</param>
/// <param name="End">Offset after its last character.</param>
public sealed record ChunkPlace(string Id, string? Heading, int Start, int End);

using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>How far a generation has been built.</summary>
/// <param name="Percent">0..100, rounded down.</param>
/// <param name="Failed">Documents that could not be brought in; the switch waits until they can be, or are deleted.</param>
public sealed record BuildView(
    int Generation, string EmbeddingsRoute, int ChunkTokens, int ChunkOverlap, ChunkStrategy ChunkStrategy, DateTimeOffset BegunAt, int Documents, int Built, int Failed, int Percent,
    string? LastError)
{
    internal static BuildView Of(Generation building, BuildTally tally) => new(
        building.Number, building.PinnedRoute, building.ChunkTokens, building.ChunkOverlap, building.ChunkStrategy, building.BegunAt, tally.Documents, tally.Built, tally.Failed,
        tally.Documents == 0 ? 100 : 100 * tally.Built / tally.Documents, tally.LastError);
}

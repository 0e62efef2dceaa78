using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>A collection's generations as callers see them.</summary>
/// <param name="Serving">The number of the one that questions are answered from.</param>
/// <param name="EmbeddingsRoute">The route, at a version, that embeds questions for it.</param>
/// <param name="Building">Null: no other is being built.</param>
/// <param name="Removing">How many are still to be removed.</param>
public sealed record GenerationView(int Serving, string EmbeddingsRoute, int ChunkTokens, int ChunkOverlap, ChunkStrategy ChunkStrategy, BuildView? Building, int Removing)
{
    internal static GenerationView Of(GenerationState state, BuildTally? tally) => new(
        state.Serving.Number, state.Serving.PinnedRoute, state.Serving.ChunkTokens, state.Serving.ChunkOverlap, state.Serving.ChunkStrategy,
        state.Building is { } building && tally is not null ? BuildView.Of(building, tally) : null, state.Retired.Count);
}

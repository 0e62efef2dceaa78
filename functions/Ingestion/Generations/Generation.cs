using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>All chunks of a collection that one model has embedded and one strategy has cut: what one question is answered from.</summary>
/// <param name="Number">0 for a collection's first.</param>
/// <param name="EmbeddingsRoute">As the settings named it.</param>
/// <param name="PinnedRoute">The route at a version with this <paramref name="Model"/>.</param>
/// <param name="Restore">The restore that it is built from; null: none.</param>
/// <param name="Index">Where its chunks are; no other generation of the collection has any there.</param>
public sealed record Generation(
    int Number, string EmbeddingsRoute, string PinnedRoute, string Model, string Index, int ChunkTokens, int ChunkOverlap, ChunkStrategy ChunkStrategy, DateTimeOffset BegunAt,
    string? Restore = null)
{
    /// <summary>Whether a collection that is indexed so is indexed as planned.</summary>
    public bool Fulfils(GenerationPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return (EmbeddingsRoute, Model, ChunkTokens, ChunkOverlap, ChunkStrategy) == (plan.EmbeddingsRoute, plan.Model, plan.ChunkTokens, plan.ChunkOverlap, plan.ChunkStrategy);
    }

    /// <summary>What a pass over a document of this generation goes by.</summary>
    /// <param name="route">The route at the version that is to be called.</param>
    /// <param name="isBuild">Whether questions are answered from another generation.</param>
    /// <param name="known">Another index that may hold vectors of this model.</param>
    /// <param name="metadata">The document's, which filters can name.</param>
    public PassSettings SettingsOf(DocumentAccess access, string route, bool isBuild, string? known = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(access);
        return new PassSettings(EmbeddingsRoute, ChunkTokens, ChunkOverlap, access.Groups, ChunkStrategy, access.Users, Model, metadata)
        {
            Generation = Number,
            GenerationIndex = Index,
            PinnedRoute = route,
            IsBuild = isBuild,
            KnownIndex = known,
            Restore = Restore,
        };
    }
}

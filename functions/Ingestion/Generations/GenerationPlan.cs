using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>How a collection is to be indexed by its settings and the model behind its route as they are now.</summary>
/// <param name="EmbeddingsRoute">As the settings name it.</param>
/// <param name="PinnedRoute">The route at the version that was looked at.</param>
/// <param name="Model">What that version's vectors depend on (<see cref="Dispatch.IGateway.EmbeddingIdentityAsync"/>).</param>
public sealed record GenerationPlan(string EmbeddingsRoute, string PinnedRoute, string Model, int ChunkTokens, int ChunkOverlap, ChunkStrategy ChunkStrategy);

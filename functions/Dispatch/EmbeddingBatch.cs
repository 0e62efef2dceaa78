namespace Serverless.Functions.Dispatch;

/// <summary>Vectors of unit length, in the order of the texts.</summary>
/// <param name="Model">The model behind the route, as it names itself.</param>
/// <param name="PromptTokens">Null when the provider does not say.</param>
public sealed record EmbeddingBatch(IReadOnlyList<ReadOnlyMemory<float>> Vectors, string Model, int? PromptTokens);

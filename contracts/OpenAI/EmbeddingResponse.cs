namespace Serverless.Contracts.OpenAI;

/// <summary>The answer of <c>POST /v1/embeddings</c>; <c>object</c> is <c>list</c>, vectors are of unit length, in the order of the input.</summary>
public sealed record EmbeddingResponse(string Object, IReadOnlyList<EmbeddingData> Data, string Model, Usage? Usage);

namespace Serverless.Contracts.OpenAI;

public sealed record EmbeddingData(string Object, int Index, float[] Embedding);

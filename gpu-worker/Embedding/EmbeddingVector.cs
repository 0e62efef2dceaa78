namespace Serverless.GpuWorker.Embedding;

public readonly record struct EmbeddingVector(float[] Values, int Tokens);

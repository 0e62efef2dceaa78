namespace Serverless.GpuWorker.Reranking;

/// <param name="Relevance">0..1, higher is better. Comparable within one model, and no probability.</param>
/// <param name="Tokens">Of query and document together, as the model read them.</param>
public readonly record struct RerankScore(double Relevance, int Tokens);

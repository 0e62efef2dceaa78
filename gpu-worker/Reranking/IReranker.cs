using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Reranking;

/// <summary>Says how well documents answer a query, reading both together.</summary>
public interface IReranker : IEncodingModel
{
    /// <summary>A score for each document, in their order.</summary>
    Task<IReadOnlyList<RerankScore>> ScoreAsync(string query, IReadOnlyList<string> documents, CancellationToken cancellationToken);
}

using Serverless.GpuWorker.Reranking;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>A reranker as the API serves it.</summary>
/// <param name="Name">What requests call it.</param>
public sealed record RerankModel(string Name, IReranker Reranker, ITextTokenizer Tokenizer);

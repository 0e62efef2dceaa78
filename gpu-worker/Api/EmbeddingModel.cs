using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>An embeddings model as the API serves it.</summary>
/// <param name="Name">What requests call it.</param>
public sealed record EmbeddingModel(string Name, IEmbedder Embedder, ITokenizer Tokenizer);

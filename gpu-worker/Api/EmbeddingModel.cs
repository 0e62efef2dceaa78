using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>An embeddings model as the API serves it.</summary>
/// <param name="Name">What requests call it.</param>
public sealed record EmbeddingModel(string Name, IEmbedder Embedder, ITextTokenizer Tokenizer)
{
    /// <summary>The instruction of a text that asks, when a request says what its texts are and gives none of its own; may be empty.</summary>
    public string QueryPrompt { get; init; } = "";

    /// <summary>The same of a text that is asked for.</summary>
    public string DocumentPrompt { get; init; } = "";
}

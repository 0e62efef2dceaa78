namespace Serverless.Functions.Retrieval;

/// <summary>The <c>rag</c> block of a <c>rag/v1/answers</c> route: LangChain's RetrievalQA "stuff" chain as a route.</summary>
public sealed record RagSettings
{
    /// <summary>An <c>llm/v1/embeddings</c> route; the one that the collection was ingested with.</summary>
    public required string EmbeddingsRoute { get; init; }

    /// <summary>An <c>llm/v1/chat</c> or <c>llm/v1/completions</c> route that writes the answer.</summary>
    public required string CompletionsRoute { get; init; }

    public required string Collection { get; init; }

    /// <summary>The system part of the prompt; null means the built-in one.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>The user part, with <c>{context}</c> and <c>{question}</c> once each; null means the built-in one.</summary>
    public string? PromptTemplate { get; init; }

    /// <summary>How they are found: one of <see cref="RetrievalMode.All"/>; default hybrid.</summary>
    public string Retrieval { get; init; } = RetrievalMode.Hybrid;

    /// <summary>Passages to retrieve, 1..50; default 4.</summary>
    public int TopK { get; init; } = 4;

    /// <summary>Tokens of the completions model that the passages may take, 64..100,000; default 1,500.</summary>
    public int MaxContextTokens { get; init; } = 1500;

    /// <summary>Tokens of the answer when the request does not say, 1..4,096; default 256.</summary>
    public int MaxTokens { get; init; } = 256;
}

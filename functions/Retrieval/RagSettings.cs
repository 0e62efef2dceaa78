using System.Text.Json;
using Serverless.Functions.Retrieval.Reranking;

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

    /// <summary>Whether a service without a semantic ranker is searched as hybrid where <see cref="Retrieval"/> is semantic; otherwise questions fail and say why. Default true.</summary>
    public bool SemanticFallback { get; init; } = true;

    /// <summary>
    /// Least cosine similarity, 0..1, of the question to its nearest passage: below it the route says <see cref="Refusal"/> and asks no model. Null: as measured for the encoder, or none where
    /// it was not (<see cref="Ranking.RelevanceFloor"/>); 0: none.
    /// </summary>
    public double? RelevanceFloor { get; init; }

    /// <summary>The answer where the documents hold none; null means the built-in one.</summary>
    public string? Refusal { get; init; }

    /// <summary>How a question is searched that follows others: one of <see cref="FollowUpMode.All"/>; default combine.</summary>
    public string FollowUp { get; init; } = FollowUpMode.Combine;

    /// <summary>Turns of the conversation, each a question and its answer, that the answering model reads before the prompt, 0..20; default 0: it reads the question alone. The oldest are left out where
    /// <see cref="MaxHistoryTokens"/> or the context window is short; passages come first.</summary>
    public int HistoryTurns { get; init; }

    /// <summary>Tokens of the completions model that these turns may take, 64..100,000; default 1,000.</summary>
    public int MaxHistoryTokens { get; init; } = 1000;

    /// <summary>What becomes of a caller's system message: one of <see cref="SystemMessageMode.All"/>; default merge.</summary>
    public string SystemMessages { get; init; } = SystemMessageMode.Merge;

    /// <summary>Whether answers carry markers, [n] for the n-th citation, which are checked and added where a sentence quotes; default true.</summary>
    public bool CitationMarkers { get; init; } = true;

    /// <summary>How passages are chosen that are unlike each other; null: by nearness alone.</summary>
    public MmrSettings? Mmr { get; init; }

    /// <summary>What ranks the passages found once more, reading each with the question; null for nothing.</summary>
    public RerankSettings? Rerank { get; init; }

    /// <summary>How the answer quotes: one of <see cref="QuotingMode.All"/>; default free.</summary>
    public string Quoting { get; init; } = QuotingMode.Free;

    /// <summary>Least characters of a constrained quote, 1..1,000; default 1.</summary>
    public int QuoteMinLength { get; init; } = 1;

    /// <summary>What documents must fulfil, as <see cref="Filters.MetadataFilterReader"/> reads it; null for no condition. A request can only narrow it.</summary>
    public JsonElement? Filter { get; init; }

    /// <summary>Chunks before and after a passage that come with it, 0..3; default 0.</summary>
    public int Neighbours { get; init; }

    /// <summary>Whether a passage comes with all of its section, up to 50 chunks on either side; default false.</summary>
    public bool Parents { get; init; }

    /// <summary>Passages to retrieve, 1..50; default 4.</summary>
    public int TopK { get; init; } = 4;

    /// <summary>Tokens of the completions model that the passages may take, 64..100,000; default 1,500.</summary>
    public int MaxContextTokens { get; init; } = 1500;

    /// <summary>Tokens of the answer when the request does not say, 1..4,096; default 256.</summary>
    public int MaxTokens { get; init; } = 256;
}

using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Retrieval.Reranking;

namespace Serverless.Functions.Retrieval;

/// <summary>What is looked for, and where.</summary>
/// <param name="Top">Passages wanted, 1..50.</param>
public sealed record RetrievalQuery(string Collection, string Question, int Top)
{
    /// <summary>The route that the asker believes the collection was ingested with; null: whichever it was.</summary>
    public string? EmbeddingsRoute { get; init; }

    /// <summary>One of <see cref="RetrievalMode.All"/>.</summary>
    public string Mode { get; init; } = RetrievalMode.Hybrid;

    /// <summary>The turn before the question; null where there is none or it is not to count.</summary>
    public string? Earlier { get; init; }

    /// <summary>What documents must fulfil; null for no condition.</summary>
    public MetadataFilter? Filter { get; init; }

    /// <summary>Whether a service without a semantic ranker is asked as <see cref="RetrievalMode.Hybrid"/> instead; otherwise such a query fails.</summary>
    public bool SemanticFallback { get; init; } = true;

    /// <summary>What ranks the passages found once more; null for nothing.</summary>
    public RerankSettings? Rerank { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Mode} over {Collection} [{Question.Length} chars]";
}

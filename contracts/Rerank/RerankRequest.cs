namespace Serverless.Contracts.Rerank;

/// <summary>The body of <c>POST /v1/rerank</c>, as Cohere and Jina have it.</summary>
public sealed record RerankRequest
{
    public string? Model { get; init; }

    public string? Query { get; init; }

    /// <summary>Texts, or objects with a <c>text</c>.</summary>
    public IReadOnlyList<RerankDocument>? Documents { get; init; }

    /// <summary>Results wanted, at least 1; null for all.</summary>
    public int? TopN { get; init; }

    /// <summary>Whether results carry their documents; null for false.</summary>
    public bool? ReturnDocuments { get; init; }

    public string? User { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Query?.Length ?? 0} chars over {Documents?.Count ?? 0} documents]";
}

namespace Serverless.Functions.Retrieval;

/// <summary>How passages are found; the values of a rag route's <c>retrieval</c>.</summary>
public static class RetrievalMode
{
    /// <summary>By words (BM25) and by vectors, fused by their scores.</summary>
    public const string Hybrid = "hybrid";

    /// <summary>By vectors alone: right for a trained encoder and questions in words of their own, where chance hits of single words would push out passages.</summary>
    public const string Vector = "vector";

    /// <summary>By words alone.</summary>
    public const string Text = "text";

    /// <summary>By words and by vectors, fused by the search service, whose semantic ranker then ranks the first 50: takes a service that has one.</summary>
    public const string Semantic = "semantic";

    public static readonly IReadOnlyList<string> All = [Hybrid, Vector, Text, Semantic];
}

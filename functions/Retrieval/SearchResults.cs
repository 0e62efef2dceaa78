namespace Serverless.Functions.Retrieval;

/// <summary>Body of an answer of <c>POST /collections/{c}/search</c>, best first.</summary>
public sealed record SearchResults(IReadOnlyList<Citation> Results)
{
    /// <summary>Whether the reranker asked for ranked them: false where it failed, and the order found stands; null where none was asked for.</summary>
    public bool? Reranked { get; init; }
}

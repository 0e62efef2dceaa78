namespace Serverless.Functions.Retrieval;

/// <summary>Body of an answer of <c>POST /collections/{c}/search</c>, best first.</summary>
public sealed record SearchResults(IReadOnlyList<Citation> Results)
{
    /// <summary>Whether the reranker asked for ranked them: false where it failed, and the order found stands; null where none was asked for.</summary>
    public bool? Reranked { get; init; }

    /// <summary>How they were found, where that is not as asked: the service has no semantic ranker.</summary>
    public string? Retrieval { get; init; }
}

namespace Serverless.Functions.Retrieval;

/// <summary>Body of an answer of <c>POST /collections/{c}/search</c>, best first.</summary>
public sealed record SearchResults(IReadOnlyList<Citation> Results);

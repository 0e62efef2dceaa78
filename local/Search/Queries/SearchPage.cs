namespace Serverless.Local.Search.Queries;

/// <summary>One page of results.</summary>
/// <param name="Total">Matches before skip and top.</param>
/// <param name="Facets">By field: values with their counts.</param>
/// <param name="NextSkip">Where the next page starts, when the request asked for more than a page holds.</param>
/// <param name="NextTop">How many are left of the request's top; null: it named none.</param>
internal sealed record SearchPage(
    long Total,
    IReadOnlyList<(IndexedDocument Document, double Score)> Items,
    IReadOnlyDictionary<string, IReadOnlyList<(object Value, long Count)>> Facets,
    int? NextSkip,
    int? NextTop);

namespace Serverless.Local.Search.Schema;

/// <summary>One field of an index, as its definition declares it.</summary>
/// <param name="Ordinal">Its place in <see cref="IndexSchema.Fields"/> and in a document's values.</param>
/// <param name="Dimensions">Length of a vector field's vectors; 0 for every other field.</param>
/// <param name="Metric">How a vector field compares; null for every other field.</param>
internal sealed record IndexField(
    int Ordinal,
    string Name,
    FieldType Type,
    bool IsCollection,
    bool IsKey,
    bool IsSearchable,
    bool IsFilterable,
    bool IsSortable,
    bool IsFacetable,
    bool IsRetrievable,
    string Analyzer,
    int Dimensions,
    VectorMetric? Metric)
{
    public bool IsVector => Dimensions > 0;
}

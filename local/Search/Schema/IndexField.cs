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
    /// <summary>The fields of a complex type; empty for every other field.</summary>
    public IReadOnlyList<IndexField> Fields { get; init; } = [];

    /// <summary>Whether another definition of this field holds the same values: where it stands and whether it is shown may differ.</summary>
    public bool IsLike(IndexField other) =>
        other with { Ordinal = Ordinal, IsRetrievable = IsRetrievable, Fields = Fields } == this
        && Fields.All(field => other.Fields.Any(same => same.Name == field.Name && field.IsLike(same)));

    public bool IsVector => Dimensions > 0;
}

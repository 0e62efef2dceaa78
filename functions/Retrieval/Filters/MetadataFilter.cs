namespace Serverless.Functions.Retrieval.Filters;

/// <summary>A condition on a document's metadata (<see cref="DocumentMetadata"/>).</summary>
public abstract record MetadataFilter
{
    private MetadataFilter()
    {
    }

    /// <summary>A document that lacks the name fulfils <see cref="MetadataOperator.NotEqual"/> and no other.</summary>
    /// <param name="Key">A metadata name in lower case.</param>
    /// <param name="Value">string or double.</param>
    public sealed record Comparison(string Key, MetadataOperator Operator, object Value) : MetadataFilter;

    /// <summary>One of some values.</summary>
    /// <param name="Key">A metadata name in lower case.</param>
    /// <param name="Values">Each string or double; at least one.</param>
    public sealed record In(string Key, IReadOnlyList<object> Values) : MetadataFilter;

    public sealed record And(IReadOnlyList<MetadataFilter> Filters) : MetadataFilter;

    public sealed record Or(IReadOnlyList<MetadataFilter> Filters) : MetadataFilter;

    public sealed record Not(MetadataFilter Filter) : MetadataFilter;

    /// <summary>What a filter names is a document's business and in no log.</summary>
    public sealed override string ToString() => GetType().Name;
}

using Azure.Search.Documents;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Filters;

/// <summary>
/// A metadata filter in AI Search's OData, over the collection of complex values <c>metadata</c> (name, value, number). Values are escaped, never pasted, and the whole is one primary expression: whatever it is joined with
/// by <c>and</c> holds as well.
/// </summary>
internal static class MetadataODataFilter
{
    public static string Write(MetadataFilter filter) => filter switch
    {
        MetadataFilter.And and => $"({string.Join(" and ", and.Filters.Select(Write))})",
        MetadataFilter.Or or => $"({string.Join(" or ", or.Filters.Select(Write))})",
        MetadataFilter.Not not => $"(not {Write(not.Filter)})",
        MetadataFilter.Comparison { Operator: MetadataOperator.NotEqual } different => $"(not {Any(different.Key, Compare("eq", different.Value))})",
        MetadataFilter.Comparison comparison => $"({Any(comparison.Key, Compare(Word(comparison.Operator), comparison.Value))})",
        MetadataFilter.In among => $"({Any(among.Key, $"({string.Join(" or ", among.Values.Select(value => Compare("eq", value)))})")})",
        _ => throw new InvalidOperationException($"Unknown filter {filter.GetType().Name}."),
    };

    private static string Any(string key, string body) => $"{ChunkFields.Metadata}/any(m: {SearchFilter.Create($"m/name eq {key}")} and {body})";

    private static string Compare(string comparison, object value) =>
        value is double number ? $"m/{ChunkFields.MetadataNumber} {comparison} {SearchFilter.Create($"{number}")}" : $"m/{ChunkFields.MetadataValue} {comparison} {SearchFilter.Create($"{(string)value}")}";

    private static string Word(MetadataOperator comparison) => comparison switch
    {
        MetadataOperator.Equal => "eq",
        MetadataOperator.Greater => "gt",
        MetadataOperator.GreaterOrEqual => "ge",
        MetadataOperator.Less => "lt",
        _ => "le",
    };
}

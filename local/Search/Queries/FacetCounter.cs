using Serverless.Local.Search.Filters;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Queries;

/// <summary>Counts the values of facetable fields over all matches.</summary>
internal static class FacetCounter
{
    private const int DefaultCount = 10;

    /// <exception cref="SearchException">A facet is malformed, not supported here or names a field that is not facetable.</exception>
    public static Dictionary<string, IReadOnlyList<(object Value, long Count)>> Count(IndexSchema schema, IReadOnlyList<string> facets, IEnumerable<IndexedDocument> matches)
    {
        var counted = new Dictionary<string, IReadOnlyList<(object, long)>>(StringComparer.Ordinal);
        if (facets.Count == 0)
            return counted;
        var documents = matches.ToArray();
        foreach (var facet in facets)
        {
            var parts = facet.Split(',', StringSplitOptions.TrimEntries);
            var field = schema.Find(parts[0]) ?? throw SearchException.BadRequest($"Unknown field '{parts[0]}' in 'facets'.");
            if (!field.IsFacetable)
                throw SearchException.BadRequest($"The field '{field.Name}' in 'facets' is not facetable.");
            var (count, sort) = ParseOptions(facet, parts.AsSpan(1));
            var values = documents
                .SelectMany(document => document.Values[field.Ordinal] is object?[] items ? items.Distinct() : [document.Values[field.Ordinal]])
                .OfType<object>()
                .CountBy(value => value)
                .Select(pair => (Value: pair.Key, Count: (long)pair.Value));
            counted[field.Name] = [.. Sort(values, sort).Take(count)];
        }

        return counted;
    }

    private static IEnumerable<(object Value, long Count)> Sort(IEnumerable<(object Value, long Count)> values, string sort)
    {
        var byValue = Comparer<object>.Create(FilterCompiler.Order);
        return sort switch
        {
            "count" => values.OrderByDescending(value => value.Count).ThenBy(value => value.Value, byValue),
            "-count" => values.OrderBy(value => value.Count).ThenBy(value => value.Value, byValue),
            "-value" => values.OrderByDescending(value => value.Value, byValue),
            _ => values.OrderBy(value => value.Value, byValue),
        };
    }

    private static (int Count, string Sort) ParseOptions(string facet, ReadOnlySpan<string> options)
    {
        var count = DefaultCount;
        var sort = "count";
        foreach (var option in options)
        {
            if (option.StartsWith("count:", StringComparison.Ordinal) && int.TryParse(option.AsSpan(6), out var number) && number > 0)
                count = number;
            else if (option is "sort:count" or "sort:-count" or "sort:value" or "sort:-value")
                sort = option[5..];
            else if (option.StartsWith("interval:", StringComparison.Ordinal) || option.StartsWith("values:", StringComparison.Ordinal) || option.StartsWith("timeoffset:", StringComparison.Ordinal))
                throw SearchException.Unsupported($"'{option}' in a facet");
            else
                throw SearchException.BadRequest($"The facet '{facet}' is invalid: 'count:n' with n above 0 and 'sort:count', '-count', 'value' or '-value' are permitted.");
        }

        return (count, sort);
    }
}

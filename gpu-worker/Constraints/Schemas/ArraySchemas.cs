using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// What several schemas say of one array's items: <c>prefixItems</c> of the first ones and <c>items</c> of those behind them (JSON Schema 2020-12, section 10.3.1), or, as of draft 2019-09
/// and before, a list in <c>items</c> and <c>additionalItems</c>.
/// </summary>
internal sealed class ArraySchemas
{
    private readonly List<JsonElement[]> _first = [];
    private readonly List<JsonElement?> _others = [];
    private readonly UnevaluatedRule[] _unevaluated;

    /// <exception cref="SchemaException">A keyword has a value that it cannot have; or they are too many to compare.</exception>
    public ArraySchemas(SchemaParts parts, SchemaCollector collector)
    {
        foreach (var schema in parts.Schemas)
        {
            bool hasFirst = schema.TryGetProperty("prefixItems", out var first), hasItems = schema.TryGetProperty("items", out var items);
            bool isList = hasItems && items.ValueKind == JsonValueKind.Array;
            if ((hasFirst && first.ValueKind != JsonValueKind.Array) || (hasFirst && isList))
                throw new SchemaException("prefixItems must be a list of schemas, and items then a schema");

            _first.Add(hasFirst ? [.. first.EnumerateArray()] : isList ? [.. items.EnumerateArray()] : []);
            _others.Add(isList ? schema.TryGetProperty("additionalItems", out var additional) ? additional : null : hasItems ? items : null);
        }
        foreach (var unique in parts.All("uniqueItems"))
            AreDistinct |= unique.ValueKind is JsonValueKind.True or JsonValueKind.False ? unique.GetBoolean() : throw new SchemaException("uniqueItems must be true or false");

        Contained = ContainRule.Of(parts);
        _unevaluated = UnevaluatedRule.All(parts, "unevaluatedItems", collector);
        if (Contained is not null && _unevaluated.Length > 0)
            throw new SchemaException("unevaluatedItems beside contains is not supported");

        Places = _first.Max(first => first.Length);
        if (parts.Schemas.Count > 1)
            collector.Spend((long)Places * parts.Schemas.Count);
    }

    /// <summary>What some of the items satisfy besides; null where nothing is said of that.</summary>
    public ContainRule? Contained { get; }

    /// <summary>Whether no two items may be equal.</summary>
    public bool AreDistinct { get; }

    /// <summary>How many of the first items have a place that a schema speaks of by itself.</summary>
    public int Places { get; }

    /// <summary>Whether a schema speaks of items that have no place of their own.</summary>
    public bool NamesOthers => _others.Exists(others => others is not null);

    /// <summary>What the item at a place must satisfy all of; null where there must be none.</summary>
    public IReadOnlyList<JsonElement>? At(int place)
    {
        var all = new List<JsonElement>();
        for (int i = 0; i < _first.Count; i++)
        {
            if ((place < _first[i].Length ? _first[i][place] : _others[i]) is { } own)
                all.Add(own);
        }
        foreach (var rule in _unevaluated)
            if (rule.IsAbout(i => place < _first[i].Length || _others[i] is not null || UnevaluatedRule.Evaluates(rule, _unevaluated, i)))
                all.Add(rule.Schema);

        return all.Exists(SchemaKeywords.IsNever) ? null : all;
    }
}

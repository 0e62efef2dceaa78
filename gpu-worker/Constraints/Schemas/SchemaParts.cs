using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>The schemas that a value must satisfy all of, looked at as one: what each says beside its <c>allOf</c>, <c>$ref</c> and what other schemas say for it.</summary>
internal sealed class SchemaParts
{
    private readonly IReadOnlyList<JsonElement> _schemas;
    private readonly Func<JsonElement, bool> _isChosen;

    /// <param name="schemas">Objects, each once.</param>
    /// <param name="keywords">What restricts a value of those that they have, each once.</param>
    /// <param name="key">The same for the same schemas in the same order.</param>
    /// <param name="isChosen">Whether an alternative of a list of them is among the schemas, so that the list itself is left out.</param>
    /// <param name="inPlace">Which of them stand within which.</param>
    public SchemaParts(IReadOnlyList<JsonElement> schemas, IEnumerable<string> keywords, string key, Func<JsonElement, bool> isChosen, InPlaceSchemas inPlace)
    {
        (_schemas, Key, _isChosen, InPlace) = (schemas, key, isChosen, inPlace);
        Restricting = [.. keywords.Where(name => !SchemaChoices.IsList(name) || Lists(name).Any())];
    }

    public IReadOnlyList<JsonElement> Schemas => _schemas;

    public string Key { get; }

    public InPlaceSchemas InPlace { get; }

    /// <summary>The keywords that restrict a value, each once.</summary>
    public IReadOnlyList<string> Restricting { get; }

    /// <summary>What restricts a value of those that a schema has itself.</summary>
    public static IEnumerable<string> KeywordsOf(JsonElement schema) =>
        schema.EnumerateObject().Where(member => SchemaKeywords.IsRestricting(member.Name) && !SchemaKeywords.IsIdle(member)).Select(member => member.Name)
            .Where(name => name is not "allOf" && !SchemaKeywords.References.Contains(name) && !DerivedSchemas.Has(name));

    /// <summary>The lists of alternatives under a keyword from which none is taken yet, and the schemas that have them.</summary>
    public IEnumerable<(JsonElement Schema, JsonElement List)> Lists(string keyword)
    {
        foreach (var schema in _schemas)
            if (schema.TryGetProperty(keyword, out var list) && !_isChosen(list))
                yield return (schema, list);
    }

    /// <summary>What the schemas that have a keyword say there.</summary>
    public IEnumerable<JsonElement> All(string keyword)
    {
        foreach (var schema in _schemas)
            if (schema.TryGetProperty(keyword, out var value))
                yield return value;
    }

    public bool Has(string keyword) => Restricting.Contains(keyword);

    /// <summary>The highest of the counts that a keyword gives, or 0.</summary>
    /// <exception cref="SchemaException">One is no count.</exception>
    public int Least(string keyword) => All(keyword).Select(value => Count(value, keyword)).DefaultIfEmpty(0).Max();

    /// <summary>The lowest of the counts that a keyword gives, or <see cref="int.MaxValue"/>.</summary>
    /// <exception cref="SchemaException">One is no count.</exception>
    public int Most(string keyword) => All(keyword).Select(value => Count(value, keyword)).DefaultIfEmpty(int.MaxValue).Min();

    /// <exception cref="SchemaException">The element is no list of strings.</exception>
    public static List<string> Strings(JsonElement list, string keyword) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : throw new SchemaException($"{keyword} must be a list of strings");

    /// <exception cref="SchemaException">The element is no count.</exception>
    public static int Count(JsonElement value, string keyword) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal count) && count is >= 0 and <= ConstraintLimits.Count && count == decimal.Truncate(count)
            ? (int)count
            : throw new SchemaException($"{keyword} must be an integer from 0 to {ConstraintLimits.Count}");
}

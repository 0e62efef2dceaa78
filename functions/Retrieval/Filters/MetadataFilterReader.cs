using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Access;

namespace Serverless.Functions.Retrieval.Filters;

/// <summary>
/// Reads a filter in the shape of OpenAI's file search (vector stores' attribute filters): <c>{"type": "eq" | "ne" | "gt" | "gte" | "lt" | "lte", "key", "value"}</c>, <c>{"type": "in" | "nin", "key", "value": [...]}</c>
/// and <c>{"type": "and" | "or", "filters": [...]}</c>; and <c>{"type": "not", "filters": [one]}</c>, which that has not.
/// </summary>
public static class MetadataFilterReader
{
    /// <summary>Filters within filters.</summary>
    public const int MaxDepth = 6;

    /// <summary>Values that a filter compares with, all together.</summary>
    public const int MaxValues = 100;

    public const int MaxKey = 128;
    public const int MaxValue = 512;

    private static readonly (string Type, MetadataOperator Operator)[] Comparisons =
    [
        ("eq", MetadataOperator.Equal), ("ne", MetadataOperator.NotEqual), ("gt", MetadataOperator.Greater), ("gte", MetadataOperator.GreaterOrEqual), ("lt", MetadataOperator.Less),
        ("lte", MetadataOperator.LessOrEqual),
    ];

    private static readonly string[] Types = [.. Comparisons.Select(comparison => comparison.Type), "in", "nin", "and", "or", "not"];

    /// <param name="field">What the filter is called in the request, for errors.</param>
    /// <returns>Null for none.</returns>
    /// <exception cref="GatewayException">400 naming the field; it quotes no value.</exception>
    public static MetadataFilter? Read(JsonElement? filter, string field = "filter")
    {
        if (filter is not { } given || given.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return null;
        var values = 0;
        return Read(given, field, 1, ref values);
    }

    /// <summary>The <c>filter</c> of a request's body.</summary>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static MetadataFilter? Of(JsonElement body) => body.TryGetProperty("filter", out var filter) ? Read(filter) : null;

    private static MetadataFilter Read(JsonElement filter, string field, int depth, ref int values)
    {
        if (filter.ValueKind != JsonValueKind.Object) throw Invalid(field, "an object with 'type'");
        if (depth > MaxDepth) throw Invalid(field, $"within at most {MaxDepth - 1} others");
        var type = Text(filter, "type", $"{field}.type", $"one of: {string.Join(", ", Types)}");
        if (type is "and" or "or" or "not") return Compound(filter, type, field, depth, ref values);
        if (!Types.Contains(type)) throw Invalid($"{field}.type", $"one of: {string.Join(", ", Types)}");
        Known(filter, field, "type", "key", "value");
        var key = Text(filter, "key", $"{field}.key", "the name of a metadata entry").ToLowerInvariant();
        if (key.Length is 0 or > MaxKey || !key.All(c => char.IsLetterOrDigit(c) || c == '_')) throw Invalid($"{field}.key", $"a metadata name: 1 to {MaxKey} letters, digits and '_'");
        // Nothing is known of them here, and a filter that finds nothing, or all, says so to nobody.
        if (key is AccessMetadata.Groups or AccessMetadata.Users) throw Invalid($"{field}.key", "another name than 'groups' and 'users', which say who may see a document");
        var value = filter.TryGetProperty("value", out var given) ? given : default;
        if (type is not ("in" or "nin"))
        {
            Count(field, 1, ref values);
            return new MetadataFilter.Comparison(key, Array.Find(Comparisons, comparison => comparison.Type == type).Operator, Value(value, $"{field}.value"));
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) throw Invalid($"{field}.value", $"a list of 1 to {MaxValues} strings, numbers or booleans");
        Count(field, value.GetArrayLength(), ref values);
        var one = new MetadataFilter.In(key, [.. value.EnumerateArray().Select((item, i) => Value(item, $"{field}.value[{i}]"))]);
        return type == "in" ? one : new MetadataFilter.Not(one);
    }

    private static MetadataFilter Compound(JsonElement filter, string type, string field, int depth, ref int values)
    {
        Known(filter, field, "type", "filters");
        if (!filter.TryGetProperty("filters", out var given) || given.ValueKind != JsonValueKind.Array || given.GetArrayLength() is var count && (count == 0 || (type == "not" && count > 1)))
            throw Invalid($"{field}.filters", type == "not" ? "a list of one filter" : "a list of at least one filter");
        if (count > MaxValues) throw Invalid($"{field}.filters", $"a list of at most {MaxValues} filters");
        var parts = new List<MetadataFilter>();
        foreach (var item in given.EnumerateArray()) parts.Add(Read(item, $"{field}.filters[{parts.Count}]", depth + 1, ref values));
        return type switch { "and" => new MetadataFilter.And(parts), "or" => new MetadataFilter.Or(parts), _ => new MetadataFilter.Not(parts[0]) };
    }

    private static object Value(JsonElement value, string field) => value.ValueKind switch
    {
        JsonValueKind.String when Unicode(value) is { Length: <= MaxValue } text => text,
        JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        // Metadata has strings alone.
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw Invalid(field, $"a string of at most {MaxValue} characters of valid Unicode, a number or a boolean"),
    };

    private static string? Unicode(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped.
            return null;
        }
    }

    private static string Text(JsonElement filter, string name, string field, string expected) =>
        filter.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && Unicode(value) is { } text ? text : throw Invalid(field, expected);

    private static void Known(JsonElement filter, string field, params string[] names)
    {
        foreach (var property in filter.EnumerateObject())
        {
            if (!names.Contains(property.Name))
                throw GatewayException.Invalid(field, $"'{field}' has a field that is not known; known here are: {string.Join(", ", names)}.", "unknown_field");
        }
    }

    private static void Count(string field, int more, ref int values)
    {
        values += more;
        if (values > MaxValues) throw GatewayException.Invalid(field, $"'{field}': a filter may compare with at most {MaxValues} values.");
    }

    private static GatewayException Invalid(string field, string expected) => GatewayException.Invalid(field, $"'{field}' must be {expected}.");
}

using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Whether a value satisfies a schema, by the words of JSON Schema 2020-12 and nothing else.</summary>
internal sealed class NaiveSchema(JsonElement root)
{
    public bool IsValid(JsonElement value) => IsValid(root, value);

    private bool IsValid(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return schema.ValueKind == JsonValueKind.True;

        return schema.EnumerateObject().All(keyword => keyword.Name switch
        {
            "$ref" => IsValid(Resolve(keyword.Value.GetString()!), value),
            "anyOf" => keyword.Value.EnumerateArray().Any(one => IsValid(one, value)),
            "oneOf" => keyword.Value.EnumerateArray().Count(one => IsValid(one, value)) == 1,
            "enum" => keyword.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)),
            "const" => JsonElement.DeepEquals(keyword.Value, value),
            "type" => keyword.Value.ValueKind == JsonValueKind.Array
                ? keyword.Value.EnumerateArray().Any(type => IsOfType(type.GetString()!, value))
                : IsOfType(keyword.Value.GetString()!, value),
            "minLength" => value.ValueKind != JsonValueKind.String || Characters(value) >= keyword.Value.GetInt32(),
            "maxLength" => value.ValueKind != JsonValueKind.String || Characters(value) <= keyword.Value.GetInt32(),
            "minItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= keyword.Value.GetInt32(),
            "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= keyword.Value.GetInt32(),
            "uniqueItems" => value.ValueKind != JsonValueKind.Array || !keyword.Value.GetBoolean() || AreDistinct([.. value.EnumerateArray()]),
            "items" or "prefixItems" or "additionalItems" => value.ValueKind != JsonValueKind.Array || AreItemsValid(keyword.Name, keyword.Value, schema, [.. value.EnumerateArray()]),
            "pattern" => value.ValueKind != JsonValueKind.String || Matches(keyword.Value.GetString()!, value.GetString()!),
            "minimum" => value.ValueKind != JsonValueKind.Number || Number(value) >= keyword.Value.GetDecimal(),
            "maximum" => value.ValueKind != JsonValueKind.Number || Number(value) <= keyword.Value.GetDecimal(),
            "exclusiveMinimum" when keyword.Value.ValueKind == JsonValueKind.True => value.ValueKind != JsonValueKind.Number || Number(value) > schema.GetProperty("minimum").GetDecimal(),
            "exclusiveMinimum" => value.ValueKind != JsonValueKind.Number || Number(value) > keyword.Value.GetDecimal(),
            "exclusiveMaximum" => value.ValueKind != JsonValueKind.Number || Number(value) < keyword.Value.GetDecimal(),
            "multipleOf" => value.ValueKind != JsonValueKind.Number || Number(value) % keyword.Value.GetDecimal() == 0,
            "allOf" => keyword.Value.EnumerateArray().All(one => IsValid(one, value)),
            "description" or "title" or "default" or "$schema" or "format" or "x-enumNames" => true,
            "required" => value.ValueKind != JsonValueKind.Object || keyword.Value.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
            "properties" => value.ValueKind != JsonValueKind.Object
                || keyword.Value.EnumerateObject().All(property => !value.TryGetProperty(property.Name, out var member) || IsValid(property.Value, member)),
            "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member => IsNamed(schema, member.Name) || IsValid(keyword.Value, member.Value)),
            "patternProperties" => value.ValueKind != JsonValueKind.Object
                || value.EnumerateObject().All(member => keyword.Value.EnumerateObject().All(pattern => !Matches(pattern.Name, member.Name) || IsValid(pattern.Value, member.Value))),
            "propertyNames" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member => IsValid(keyword.Value, JsonSerializer.SerializeToElement(member.Name))),
            "minProperties" => value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() >= keyword.Value.GetInt32(),
            "maxProperties" => value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() <= keyword.Value.GetInt32(),
            "contains" => value.ValueKind != JsonValueKind.Array || IsWithin(value.EnumerateArray().Count(item => IsValid(keyword.Value, item)), schema),
            "not" => !IsValid(keyword.Value, value),
            "if" => !schema.TryGetProperty(IsValid(keyword.Value, value) ? "then" : "else", out var then) || IsValid(then, value),
            "dependentRequired" or "dependentSchemas" or "dependencies" => value.ValueKind != JsonValueKind.Object
                || keyword.Value.EnumerateObject().All(dependency => !value.TryGetProperty(dependency.Name, out _) || IsMet(dependency.Value, value)),
            "unevaluatedProperties" => value.ValueKind != JsonValueKind.Object
                || Evaluated(schema, value, keyword.Name) is var evaluated && value.EnumerateObject().All(member => evaluated.Contains(member.Name) || IsValid(keyword.Value, member.Value)),
            "unevaluatedItems" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Skip(EvaluatedItems(schema, value, keyword.Name)).All(item => IsValid(keyword.Value, item)),
            "$defs" or "definitions" or "then" or "else" or "minContains" or "maxContains" => true,
            _ => throw new NotSupportedException(keyword.Name),
        });
    }

    private static bool IsWithin(int count, JsonElement schema) =>
        count >= (schema.TryGetProperty("minContains", out var least) ? least.GetInt32() : 1) && (!schema.TryGetProperty("maxContains", out var most) || count <= most.GetInt32());

    private bool IsMet(JsonElement dependency, JsonElement value) => dependency.ValueKind == JsonValueKind.Array
        ? dependency.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _))
        : IsValid(dependency, value);

    /// <summary>The schemas in place of one, itself first, that a value satisfies.</summary>
    private IEnumerable<JsonElement> InPlace(JsonElement schema, JsonElement value)
    {
        yield return schema;
        var inner = schema.EnumerateObject().SelectMany(keyword => keyword.Name switch
        {
            "$ref" => [Resolve(keyword.Value.GetString()!)],
            "allOf" or "anyOf" or "oneOf" => keyword.Value.EnumerateArray(),
            "if" or "then" or "else" when keyword.Name == "if" || (schema.TryGetProperty("if", out var condition) && IsValid(condition, value) == (keyword.Name == "then")) => [keyword.Value],
            "dependentSchemas" => keyword.Value.EnumerateObject().Where(dependency => value.TryGetProperty(dependency.Name, out _)).Select(dependency => dependency.Value),
            _ => Array.Empty<JsonElement>().AsEnumerable(),
        });
        foreach (var one in inner.Where(one => one.ValueKind == JsonValueKind.Object && IsValid(one, value)).SelectMany(one => InPlace(one, value)))
            yield return one;
    }

    private HashSet<string> Evaluated(JsonElement owner, JsonElement value, string keyword) =>
    [
        .. InPlace(owner, value).SelectMany((schema, i) => value.EnumerateObject().Select(member => member.Name)
            .Where(name => schema.TryGetProperty("additionalProperties", out _) || (i > 0 && schema.TryGetProperty(keyword, out _)) || IsNamed(schema, name))),
    ];

    private int EvaluatedItems(JsonElement owner, JsonElement value, string keyword) => InPlace(owner, value).Select((schema, i) =>
        schema.TryGetProperty("items", out _) || (i > 0 && schema.TryGetProperty(keyword, out _)) ? int.MaxValue
        : schema.TryGetProperty("prefixItems", out var first) ? first.GetArrayLength() : 0).Max();

    /// <summary>Draft 2019-09 has lists in <c>items</c>, 2020-12 in <c>prefixItems</c>.</summary>
    private bool AreItemsValid(string keyword, JsonElement items, JsonElement schema, JsonElement[] values)
    {
        if (items.ValueKind == JsonValueKind.Array)
            return values.Zip(items.EnumerateArray()).All(pair => IsValid(pair.Second, pair.First));

        var list = keyword == "additionalItems" ? schema.GetProperty("items") : schema.TryGetProperty("prefixItems", out var prefix) ? prefix : default;
        return values.Skip(list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0).All(value => IsValid(items, value));
    }

    private static bool AreDistinct(JsonElement[] values) => !values.Where((value, i) => Array.Exists(values[..i], other => JsonElement.DeepEquals(value, other))).Any();

    private static bool Matches(string pattern, string text) => Regex.IsMatch(text, pattern, RegexOptions.ECMAScript);

    private static bool IsNamed(JsonElement schema, string name) =>
        (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out _))
        || (schema.TryGetProperty("patternProperties", out var patterns) && patterns.EnumerateObject().Any(pattern => Matches(pattern.Name, name)));

    private JsonElement Resolve(string pointer) => pointer.Split('/').Skip(1).Aggregate(root, (at, name) => at.GetProperty(name));

    /// <summary>Beyond what a decimal holds the nearest that it does.</summary>
    private static decimal Number(JsonElement value) => value.TryGetDecimal(out decimal number) ? number : value.GetDouble() > 0 ? decimal.MaxValue : decimal.MinValue;

    private static int Characters(JsonElement text) => text.GetString()!.EnumerateRunes().Count();

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() == Math.Floor(value.GetDouble()),
        _ => value.ValueKind == JsonValueKind.Number,
    };
}

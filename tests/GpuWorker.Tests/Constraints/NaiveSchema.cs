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
            "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => IsValid(keyword.Value, item)),
            "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, keyword.Value.GetString()!, RegexOptions.ECMAScript),
            "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= keyword.Value.GetDecimal(),
            "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= keyword.Value.GetDecimal(),
            "exclusiveMinimum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() > keyword.Value.GetDecimal(),
            "exclusiveMaximum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() < keyword.Value.GetDecimal(),
            "multipleOf" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() % keyword.Value.GetDecimal() == 0,
            "allOf" => keyword.Value.EnumerateArray().All(one => IsValid(one, value)),
            "description" => true,
            "required" => value.ValueKind != JsonValueKind.Object || keyword.Value.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
            "properties" => value.ValueKind != JsonValueKind.Object
                || keyword.Value.EnumerateObject().All(property => !value.TryGetProperty(property.Name, out var member) || IsValid(property.Value, member)),
            "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member => IsNamed(schema, member.Name) || IsValid(keyword.Value, member.Value)),
            "$defs" => true,
            _ => throw new NotSupportedException(keyword.Name),
        });
    }

    private static bool IsNamed(JsonElement schema, string name) => schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out _);

    private JsonElement Resolve(string pointer) => pointer == "#" ? root : root.GetProperty("$defs").GetProperty(pointer["#/$defs/".Length..]);

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

using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>The keywords of JSON Schema (draft 2020-12) that are understood. All others are refused by name.</summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> Annotations =
    [
        "title", "description", "discriminator", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema", "$defs", "definitions",
    ];

    private static readonly HashSet<string> Constraining =
    [
        "type", "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "enum", "const", "anyOf", "oneOf", "allOf", "$ref",
        "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    ];

    // Not held to, so that they are refused, but where they hold a value that asks for nothing.
    private static readonly Dictionary<string, string> Idle = new()
    {
        ["nullable"] = "false",
        ["not"] = "false",
        ["minProperties"] = "0",
        ["dependentRequired"] = "{}",
        ["dependentSchemas"] = "{}",
        ["unevaluatedProperties"] = "true",
        ["unevaluatedItems"] = "true",
    };

    /// <summary>Whether a keyword that is not understood asks for nothing that every value does not have.</summary>
    public static bool IsIdle(JsonProperty member) => Idle.TryGetValue(member.Name, out string? value)
        && (member.Value.ValueKind == JsonValueKind.Object ? value == "{}" && !member.Value.EnumerateObject().Any() : member.Value.GetRawText() == value);

    /// <summary>Whether a schema is one that no value satisfies, by its looks: <c>false</c>, or what generators of schemas write for it, a <c>not</c> of anything.</summary>
    public static bool IsNever(JsonElement schema) => schema.ValueKind == JsonValueKind.False
        || (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("not", out var not) && (not.ValueKind == JsonValueKind.True || (not.ValueKind == JsonValueKind.Object && !not.EnumerateObject().Any())));

    public static bool IsRestricting(string keyword) => Constraining.Contains(keyword);

    public static bool IsKnown(string keyword) => Annotations.Contains(keyword) || Constraining.Contains(keyword) || keyword.StartsWith("x-", StringComparison.Ordinal);

    /// <summary>The type that a keyword is about; null where it is about any.</summary>
    public static string? TypeOf(string keyword) => keyword switch
    {
        "properties" or "required" or "additionalProperties" or "patternProperties" or "propertyNames" => "object",
        "items" or "prefixItems" or "additionalItems" or "minItems" or "maxItems" or "uniqueItems" => "array",
        "minLength" or "maxLength" or "pattern" or "format" => "string",
        "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf" => "number",
        _ => null,
    };
}

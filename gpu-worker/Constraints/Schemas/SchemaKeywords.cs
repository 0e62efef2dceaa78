using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// The keywords of JSON Schema (draft 2020-12) that are understood. Of the others those are refused by name that ask for something in another draft or dialect, or that may be a misspelling;
/// what is no keyword anywhere says nothing of a value (section 6.5).
/// </summary>
internal static class SchemaKeywords
{
    /// <summary>Values of which a value is none, and a pattern that a string does not match: of derived schemas alone (<see cref="NegatedSchemas"/>).</summary>
    public const string NoneOf = "none of", NotMatching = "not matching";

    /// <summary>
    /// Keywords that lead to another schema. Those that look for the outermost of one name (drafts 2019-09 and 2020-12) lead where <c>$ref</c> does: a text in which each name is
    /// given once has no other.
    /// </summary>
    public static readonly string[] References = ["$ref", "$dynamicRef", "$recursiveRef"];

    private static readonly HashSet<string> Annotations =
    [
        "title", "description", "discriminator", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema", "$defs", "definitions",
        "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary",
        "contentMediaType", "contentSchema",
    ];

    // Of draft 3 and of JSON Type Definition (RFC 8927); and what changes where references lead, wherever it is no mere name.
    private static readonly HashSet<string> Unsupported = ["extends", "disallow", "divisibleBy", "optionalProperties", "$id", "id"];

    private static readonly HashSet<string> Constraining =
    [
        "type", "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "$dynamicRef", "$recursiveRef",
        "minProperties", "maxProperties", "contains", "minContains", "maxContains", "unevaluatedProperties", "unevaluatedItems",
        "if", "then", "else", "not", "dependentRequired", "dependentSchemas", "dependencies", NoneOf, NotMatching,
        "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "contentEncoding",
    ];

    // Values that ask for nothing: of keywords that are refused otherwise, and of some that are not.
    private static readonly Dictionary<string, string> Idle = new()
    {
        ["nullable"] = "false",
        ["not"] = "false",
        ["minProperties"] = "0",
        ["dependentRequired"] = "{}",
        ["dependentSchemas"] = "{}",
        ["dependencies"] = "{}",
        ["minContains"] = "1",
        ["unevaluatedProperties"] = "true",
        ["unevaluatedItems"] = "true",
    };

    /// <summary>Whether a keyword asks for nothing that every value does not have, or that is not asked for without it.</summary>
    public static bool IsIdle(JsonProperty member) => Idle.TryGetValue(member.Name, out string? value)
        && (member.Value.ValueKind == JsonValueKind.Object ? value == "{}" && !member.Value.EnumerateObject().Any() : member.Value.GetRawText() == value);

    /// <summary>Whether a schema is one that no value satisfies, by its looks: <c>false</c>, or what generators of schemas write for it, a <c>not</c> of anything.</summary>
    public static bool IsNever(JsonElement schema) => schema.ValueKind == JsonValueKind.False
        || (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("not", out var not) && (not.ValueKind == JsonValueKind.True || (not.ValueKind == JsonValueKind.Object && !not.EnumerateObject().Any())));

    public static bool IsRestricting(string keyword) => Constraining.Contains(keyword);

    public static bool IsAnnotation(string keyword) => Annotations.Contains(keyword) || keyword.StartsWith("x-", StringComparison.Ordinal);

    /// <summary>Why a name that is not read as a keyword cannot be passed over; null where it says nothing of a value.</summary>
    public static string? Refusal(string name)
    {
        string printable = SchemaPointer.Printable(name, "a keyword of the schema");
        if (IsAnnotation(name))
            return null;
        // OpenAPI 3.0's; JSON Schema, which this is, passes it over, and a null that was meant would never come.
        if (name == "nullable")
            return "nullable is not supported: name null among the schema's types";
        if (IsRestricting(name) || Unsupported.Contains(name))
            return $"{printable} is not supported";

        return Constraining.FirstOrDefault(keyword => SchemaSpelling.IsLike(name, keyword)) is { } meant ? $"{printable} is no keyword: {meant} may be meant" : null;
    }

    /// <param name="isDerived">Whether it stands in a schema that nobody wrote.</param>
    public static bool IsKnown(string keyword, bool isDerived) => IsAnnotation(keyword) || (Constraining.Contains(keyword) && (isDerived || keyword is not (NoneOf or NotMatching)));

    /// <summary>The type that a keyword is about; null where it is about any.</summary>
    public static string? TypeOf(string keyword) => keyword switch
    {
        "properties" or "required" or "additionalProperties" or "patternProperties" or "propertyNames" or "minProperties" or "maxProperties" or "unevaluatedProperties" => "object",
        "items" or "prefixItems" or "additionalItems" or "minItems" or "maxItems" or "uniqueItems" or "contains" or "minContains" or "maxContains" or "unevaluatedItems" => "array",
        "minLength" or "maxLength" or "pattern" or "format" or "contentEncoding" or NotMatching => "string",
        "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf" => "number",
        _ => null,
    };
}
